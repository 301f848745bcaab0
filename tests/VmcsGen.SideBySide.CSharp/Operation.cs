using System;
using System.Diagnostics;

namespace VmcsGen.SideBySide;

/// <summary>Something that is measured. Most are timed as they are repeated; some prepare each repetition and time the rest themselves.</summary>
internal abstract class Operation
{
    private static ulong s_sink;

    /// <summary>Repeats the operation and returns the nanoseconds that it took.</summary>
    public virtual long Measure(int count)
    {
        var begin = Now();
        Repeat(count);
        return Now() - begin;
    }

    /// <summary>Nanoseconds of CLOCK_MONOTONIC.</summary>
    public static long Now() => Stopwatch.GetTimestamp();

    protected virtual void Repeat(int count) => throw new NotSupportedException();

    /// <summary>Uses a result, so that nothing is left out for want of a use.</summary>
    protected static void Use(ulong value) => s_sink += value;
}
