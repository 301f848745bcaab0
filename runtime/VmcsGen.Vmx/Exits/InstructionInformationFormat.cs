namespace VmcsGen.Vmx;

/// <summary>
/// What the VM-exit instruction information of a VM exit holds, which depends on the instruction that caused the VM exit
/// (SDM 3C 28.2.5).
/// </summary>
public enum InstructionInformationFormat
{
    /// <summary>Nothing: it is undefined for this exit reason, or its format is not known here.</summary>
    None,

    /// <summary>An <see cref="InsOutsInstructionInformation"/>.</summary>
    InsOuts,

    /// <summary>An <see cref="InvalidationInstructionInformation"/>.</summary>
    Invalidation,

    /// <summary>A <see cref="GdtrIdtrInstructionInformation"/>.</summary>
    GdtrIdtr,

    /// <summary>An <see cref="LdtrTrInstructionInformation"/>.</summary>
    LdtrTr,

    /// <summary>An <see cref="RdrandRdseedInstructionInformation"/>.</summary>
    RdrandRdseed,

    /// <summary>A <see cref="VmxInstructionInformation"/>.</summary>
    Vmx,

    /// <summary>A <see cref="VmreadVmwriteInstructionInformation"/>.</summary>
    VmreadVmwrite,

    /// <summary>An <see cref="MsrImmediateInstructionInformation"/>.</summary>
    MsrImmediate,
}
