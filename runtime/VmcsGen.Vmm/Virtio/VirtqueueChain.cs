using System;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>
/// What a driver lends to a device at a time: bytes to read, then bytes to write. A queue has one such object and fills it anew with each
/// chain, so that nothing is allocated.
/// </summary>
public sealed class VirtqueueChain
{
    private readonly GuestPhysicalMemory _memory;
    private readonly VirtqueueSegment[] _segments;
    private int _readable;
    private int _count;

    internal VirtqueueChain(GuestPhysicalMemory memory, int mostSegments)
    {
        _memory = memory;
        _segments = new VirtqueueSegment[mostSegments];
    }

    /// <summary>The chain's first descriptor.</summary>
    internal ushort Head { get; private set; }

    /// <summary>What the device may read.</summary>
    public ReadOnlySpan<VirtqueueSegment> Readable => _segments.AsSpan(0, _readable);

    /// <summary>What the device may write.</summary>
    public ReadOnlySpan<VirtqueueSegment> Writable => _segments.AsSpan(_readable, _count - _readable);

    /// <summary>Bytes that the device may read.</summary>
    public uint ReadableLength { get; private set; }

    /// <summary>Bytes that the device may write.</summary>
    public uint WritableLength { get; private set; }

    /// <summary>Copies bytes out of what may be read.</summary>
    /// <param name="offset">Where they begin, from the first readable byte.</param>
    /// <param name="destination">Receives them.</param>
    /// <returns>How many there are.</returns>
    public int Read(uint offset, Span<byte> destination)
    {
        var done = 0;
        foreach (var segment in Readable)
        {
            var part = PartOf(segment, ref offset, destination.Length - done);
            _memory.Read(part.Address, destination.Slice(done, (int)part.Length));
            done += (int)part.Length;
        }
        return done;
    }

    /// <summary>Copies bytes into what may be written.</summary>
    /// <param name="offset">Where they go, from the first writable byte.</param>
    /// <param name="source">The bytes.</param>
    /// <returns>How many there is room for.</returns>
    public int Write(uint offset, ReadOnlySpan<byte> source)
    {
        var done = 0;
        foreach (var segment in Writable)
        {
            var part = PartOf(segment, ref offset, source.Length - done);
            _memory.Write(part.Address, source.Slice(done, (int)part.Length));
            done += (int)part.Length;
        }
        return done;
    }

    internal void Begin(ushort head)
    {
        Head = head;
        _count = _readable = 0;
        ReadableLength = WritableLength = 0;
    }

    /// <summary>Takes a piece, and checks it.</summary>
    internal void Add(VirtqueueSegment segment, bool isWritable)
    {
        if (_count == _segments.Length)
            throw new VirtqueueException($"A chain has more than {_segments.Length} descriptors, or goes round in a circle.");
        if (!isWritable && _count > _readable)
            throw new VirtqueueException("A piece to be read stands behind one to be written.");
        var total = (isWritable ? WritableLength : ReadableLength) + (ulong)segment.Length;
        if (total > int.MaxValue)
            throw new VirtqueueException($"A chain has 0x{total:X} bytes; more than 0x{int.MaxValue:X} are refused.");
        try
        {
            _ = _memory.GetSpans(segment.Address, (int)segment.Length);
        }
        catch (GuestMemoryException)
        {
            throw new VirtqueueException($"There is no memory for 0x{segment.Length:X} bytes at guest physical 0x{segment.Address:X}.");
        }
        _segments[_count++] = segment;
        if (isWritable)
        {
            WritableLength = (uint)total;
        }
        else
        {
            _readable++;
            ReadableLength = (uint)total;
        }
    }

    /// <summary>What of a piece lies behind an offset into the chain, which becomes one into the pieces that follow.</summary>
    private static VirtqueueSegment PartOf(VirtqueueSegment segment, ref uint offset, int wanted)
    {
        var skipped = Math.Min(offset, segment.Length);
        offset -= skipped;
        return new(segment.Address + skipped, Math.Min(segment.Length - skipped, (uint)wanted));
    }
}
