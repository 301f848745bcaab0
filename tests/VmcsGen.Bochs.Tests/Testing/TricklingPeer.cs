using System;
using System.Threading;
using VmcsGen.Vmx.RingZero;

namespace VmcsGen.Vmx.Bochs.Tests.Testing;

/// <summary>The other end of a line that is never silent for long, and never done. It ends when its bytes do.</summary>
internal sealed class TricklingPeer : LineStream
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    private int _read;

    /// <summary>What comes without delay.</summary>
    public byte[] AtOnce { get; init; } = [];

    /// <summary>What comes then, each byte after a pause.</summary>
    public byte[] Trickle { get; init; } = [];

    /// <summary>How long each write takes.</summary>
    public TimeSpan DelayPerWrite { get; set; }

    /// <summary>How many bytes came after a pause.</summary>
    public int Trickled => Math.Max(0, _read - AtOnce.Length);

    public override int Read(Span<byte> buffer)
    {
        if (_read < AtOnce.Length)
        {
            var count = Math.Min(buffer.Length, AtOnce.Length - _read);
            AtOnce.AsSpan(_read, count).CopyTo(buffer);
            _read += count;
            return count;
        }
        if (Trickled == Trickle.Length)
            return 0;
        Thread.Sleep(s_pause);
        buffer[0] = Trickle[Trickled];
        _read++;
        return 1;
    }

    public override void Write(ReadOnlySpan<byte> buffer) => Thread.Sleep(DelayPerWrite);
}
