namespace VmcsGen.Tool.Findings;

/// <summary>Why something that a rule needs is not known.</summary>
internal enum UnknownKind
{
    /// <summary>Others of the record's kind hold the field, but this one does not.</summary>
    NotInThisOne,

    /// <summary>No record of this kind holds the field.</summary>
    NeverHeld,

    /// <summary>A capability MSR of the processor.</summary>
    CapabilityMsr,

    /// <summary>Something else about the processor, such as its physical-address width.</summary>
    Processor,

    /// <summary>Memory that a field refers to.</summary>
    Memory,
}
