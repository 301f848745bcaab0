using System;

namespace VmcsGen.Kvm;

/// <summary>A write of the guest to a <see cref="CoalescedZone"/>, as KVM collected it.</summary>
public readonly ref struct CoalescedWrite
{
    internal CoalescedWrite(ulong address, bool isPort, ReadOnlySpan<byte> data)
    {
        Address = address;
        IsPort = isPort;
        Data = data;
    }

    /// <summary>The guest physical address, or the port.</summary>
    public ulong Address { get; }

    /// <summary>Whether the address is a port.</summary>
    public bool IsPort { get; }

    /// <summary>The bytes, 1 to 8.</summary>
    public ReadOnlySpan<byte> Data { get; }

    /// <summary>The bytes as a number, zero-extended.</summary>
    public ulong Value => LittleEndian.Read(Data);
}
