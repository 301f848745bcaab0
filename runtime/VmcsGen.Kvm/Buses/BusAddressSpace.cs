namespace VmcsGen.Kvm;

/// <summary>The kinds of address that devices have.</summary>
public enum BusAddressSpace
{
    /// <summary>I/O ports, 0 to 0xFFFF.</summary>
    Ports,

    /// <summary>Guest physical addresses.</summary>
    Mmio,
}
