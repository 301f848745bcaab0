using System;
using System.Threading;

namespace VmcsGen.Vmx.RingZero;

/// <summary>A point in time until which several waits last together. However they are cut, their sum is bounded.</summary>
internal readonly struct Deadline
{
    private readonly long _end;
    private readonly bool _isBounded;

    private Deadline(long end) => (_end, _isBounded) = (end, true);

    /// <summary>So long from now on; <see cref="Timeout.Infinite"/> for ever.</summary>
    internal static Deadline In(int milliseconds) =>
        milliseconds == Timeout.Infinite ? default : new Deadline(Environment.TickCount64 + milliseconds);

    /// <summary>Whether the time is over.</summary>
    internal bool IsOver => _isBounded && Environment.TickCount64 >= _end;

    /// <summary>What is left in milliseconds, 0 when it is over, <see cref="Timeout.Infinite"/> when it never is.</summary>
    internal int Left => _isBounded ? (int)Math.Clamp(_end - Environment.TickCount64, 0, int.MaxValue) : Timeout.Infinite;
}
