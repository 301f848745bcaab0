using System;
using System.IO;

namespace VmcsGen.Vmm.Tests.Virtio;

/// <summary>A disk in memory that counts flushes, and may be broken.</summary>
internal sealed class MemoryDisk(int length) : DiskBacking
{
    private readonly byte[] _content = new byte[length];

    public int Flushes { get; private set; }

    public bool IsBroken { get; init; }

    public override string Name => "memory";

    public override ulong Length => (ulong)_content.Length;

    public override bool IsReadOnly => false;

    public override void Read(ulong offset, Span<byte> destination)
    {
        if (IsBroken)
            throw new IOException("The disk is broken.");
        _content.AsSpan((int)offset, destination.Length).CopyTo(destination);
    }

    public override void Write(ulong offset, ReadOnlySpan<byte> source) => source.CopyTo(_content.AsSpan((int)offset));

    public override void Flush() => Flushes++;

    public override void WriteZeroes(ulong offset, ulong length, bool mayUnmap) => _content.AsSpan((int)offset, (int)length).Clear();

    public override void Discard(ulong offset, ulong length) { }

    protected override void Dispose(bool isDisposing) { }
}
