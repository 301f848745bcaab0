namespace VmcsGen.Kvm;

/// <summary>What an interrupt message does at the local APIC it reaches. Source: SDM 3A 12.11.2.</summary>
public enum ApicDeliveryMode
{
    /// <summary>Delivers the vector to every processor of the destination.</summary>
    Fixed = 0,

    /// <summary>Delivers the vector to the processor of the destination with the lowest priority.</summary>
    LowestPriority = 1,

    /// <summary>A system management interrupt; the vector is 0.</summary>
    Smi = 2,

    /// <summary>A non-maskable interrupt; the vector does not count.</summary>
    Nmi = 4,

    /// <summary>INIT; the vector is 0.</summary>
    Init = 5,

    /// <summary>An interrupt whose vector an 8259-compatible controller supplies.</summary>
    ExtInt = 7,
}
