using System;

namespace VmcsGen.Kvm;

/// <summary>
/// A range of addresses whose writes KVM collects instead of ending Run for each. It stays until it is disposed of or the VM is
/// gone; one that is simply forgotten stays too. Source: Documentation/virt/kvm/api.rst 4.116.
/// </summary>
public sealed class CoalescedZone : IDisposable
{
    private readonly CoalescedRing _ring;

    internal CoalescedZone(CoalescedRing ring, ulong address, uint size, bool isPort)
    {
        _ring = ring;
        Address = address;
        Size = size;
        IsPort = isPort;
    }

    /// <summary>The first guest physical address, or port.</summary>
    public ulong Address { get; }

    /// <summary>Size in bytes, or number of ports.</summary>
    public uint Size { get; }

    /// <summary>Whether the addresses are ports.</summary>
    public bool IsPort { get; }

    internal KvmCoalescedMmioZone Argument =>
        new()
        {
            Addr = Address,
            Size = Size,
            Pio = IsPort ? 1u : 0,
        };

    /// <summary>Has writes end Run again. Those that were collected wait to be drained.</summary>
    public void Dispose() => _ring.Remove(this);

    /// <summary>The range.</summary>
    public override string ToString() => $"{(IsPort ? "port" : "guest physical")} 0x{Address:X} to 0x{Address + (Size - 1):X}";

    internal bool Overlaps(CoalescedZone other) =>
        IsPort == other.IsPort && Address <= other.Address + (other.Size - 1) && other.Address <= Address + (Size - 1);
}
