using System;

namespace VmcsGen.Vmx.Tests;

/// <summary>A megabyte of physical memory.</summary>
internal sealed class TestMemory : IPhysicalMemory
{
    private readonly byte[] _bytes = new byte[1 << 20];

    public void Read(ulong physicalAddress, Span<byte> destination) => At(physicalAddress, destination.Length).CopyTo(destination);

    public void Write(ulong physicalAddress, ReadOnlySpan<byte> source) => source.CopyTo(At(physicalAddress, source.Length));

    public void Write(ulong physicalAddress, ulong value) => Write(physicalAddress, BitConverter.GetBytes(value));

    private Span<byte> At(ulong physicalAddress, int length) =>
        physicalAddress <= (ulong)(_bytes.Length - length)
            ? _bytes.AsSpan((int)physicalAddress, length)
            : throw new ArgumentOutOfRangeException(nameof(physicalAddress), $"There is no memory at 0x{physicalAddress:X}.");
}
