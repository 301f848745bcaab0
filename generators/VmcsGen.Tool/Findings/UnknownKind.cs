namespace VmcsGen.Tool.Findings;

/// <summary>Why something that a rule needs is not known.</summary>
internal enum UnknownKind
{
    /// <summary>Who printed the dump prints the field, but it is not in this one.</summary>
    NotInThisDump,

    /// <summary>No dump of this kind has the field.</summary>
    NeverDumped,

    /// <summary>A capability MSR of the processor.</summary>
    CapabilityMsr,

    /// <summary>Something else about the processor, such as its physical-address width.</summary>
    Processor,

    /// <summary>Memory that a field refers to.</summary>
    Memory,
}
