namespace VmcsGen.Kvm;

/// <summary>Which local APICs an interrupt goes to. Source: SDM 3A 12.6.2.</summary>
public readonly record struct ApicDestination
{
    private ApicDestination(uint id, ApicDestinationMode mode)
    {
        Id = id;
        Mode = mode;
    }

    /// <summary>An APIC id, or a set of logical ids, as <see cref="Mode"/> says.</summary>
    public uint Id { get; }

    /// <summary>What <see cref="Id"/> is.</summary>
    public ApicDestinationMode Mode { get; }

    /// <summary>The local APIC of an id; 0xFF means all, and 0xFFFFFFFF where ids have 32 bits.</summary>
    /// <param name="apicId">The id.</param>
    public static ApicDestination Physical(uint apicId) => new(apicId, ApicDestinationMode.Physical);

    /// <summary>The local APICs whose logical id matches.</summary>
    /// <param name="logicalIds">The logical ids, in the model that the guest chose.</param>
    public static ApicDestination Logical(uint logicalIds) => new(logicalIds, ApicDestinationMode.Logical);

    /// <summary>The mode and the id.</summary>
    public override string ToString() => $"{(Mode == ApicDestinationMode.Logical ? "logical" : "APIC")} 0x{Id:X}";
}
