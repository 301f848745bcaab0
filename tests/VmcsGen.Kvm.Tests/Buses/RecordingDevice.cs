using System;
using System.Collections.Generic;

namespace VmcsGen.Kvm.Tests.Buses;

/// <summary>A device of bytes that records its accesses: R or W, the offset, and the bytes.</summary>
internal sealed class RecordingDevice(string name, int size = 0x100) : IBusDevice
{
    public byte[] Bytes { get; } = new byte[size];

    public List<string> Accesses { get; } = [];

    public void Read(ulong offset, Span<byte> data)
    {
        Bytes.AsSpan((int)offset, data.Length).CopyTo(data);
        Accesses.Add($"R {offset:X} {Convert.ToHexString(data)}");
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        data.CopyTo(Bytes.AsSpan((int)offset));
        Accesses.Add($"W {offset:X} {Convert.ToHexString(data)}");
    }

    public override string ToString() => name;
}
