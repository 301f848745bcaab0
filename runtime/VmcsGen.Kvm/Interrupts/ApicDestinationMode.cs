namespace VmcsGen.Kvm;

/// <summary>How an interrupt message names its destination. Source: SDM 3A 12.11.1.</summary>
public enum ApicDestinationMode
{
    /// <summary>By APIC id.</summary>
    Physical = 0,

    /// <summary>By the logical ids that the guest gave to its local APICs.</summary>
    Logical = 1,
}
