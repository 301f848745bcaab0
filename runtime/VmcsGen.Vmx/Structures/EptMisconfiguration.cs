namespace VmcsGen.Vmx.Structures;

/// <summary>What is wrong with an EPT entry, so that its use causes a VM exit for EPT misconfiguration (SDM 3C 29.3.3.1).</summary>
public enum EptMisconfiguration
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The entry allows writes without reads.</summary>
    WriteWithoutRead,

    /// <summary>The entry allows execution without reads, which the processor does not support.</summary>
    ExecuteOnly,

    /// <summary>A reserved bit is set, or a bit of the address below the page size or beyond the physical-address width.</summary>
    ReservedBits,

    /// <summary>The memory type of the page is 2, 3 or 7.</summary>
    MemoryType,
}
