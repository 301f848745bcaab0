using System;

namespace VmcsGen.Vmm;

/// <summary>Bytes of a guest that wait for a socket. Its memory is taken when the first ones wait.</summary>
internal sealed class VsockBuffer(int size)
{
    private byte[]? _bytes;
    private int _start;

    internal int Count { get; private set; }

    /// <summary>The first of them, as many as lie in one piece.</summary>
    internal ReadOnlySpan<byte> First => Count == 0 ? [] : _bytes.AsSpan(_start, Math.Min(Count, size - _start));

    /// <summary>Keeps bytes, for which there must be room.</summary>
    internal void Put(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;
        _bytes ??= new byte[size];
        if (bytes.Length > size - Count)
            throw new InvalidOperationException($"A buffer of {size} bytes holds {Count}, and {bytes.Length} are to come.");
        var end = (_start + Count) % size;
        var first = bytes[..Math.Min(bytes.Length, size - end)];
        first.CopyTo(_bytes.AsSpan(end));
        bytes[first.Length..].CopyTo(_bytes);
        Count += bytes.Length;
    }

    internal void Drop(int count)
    {
        _start = (_start + count) % size;
        Count -= count;
    }
}
