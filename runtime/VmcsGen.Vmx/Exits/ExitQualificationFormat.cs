namespace VmcsGen.Vmx;

/// <summary>What the exit qualification of a VM exit holds, which depends on why the VM exit occurred (SDM 3C 28.2.1).</summary>
public enum ExitQualificationFormat
{
    /// <summary>Nothing: the processor clears it, or its format for this exit reason is not known here.</summary>
    None,

    /// <summary>A <see cref="DebugExceptionQualification"/>.</summary>
    DebugException,

    /// <summary>The linear address whose access raised a page fault.</summary>
    PageFaultAddress,

    /// <summary>A <see cref="StartupIpiQualification"/>.</summary>
    StartupIpi,

    /// <summary>A <see cref="TaskSwitchQualification"/>.</summary>
    TaskSwitch,

    /// <summary>The linear address that INVLPG was to invalidate.</summary>
    InvlpgAddress,

    /// <summary>
    /// The displacement of the instruction's memory operand, sign-extended; for RIP-relative addressing the whole address.
    /// </summary>
    Displacement,

    /// <summary>A <see cref="CrAccessQualification"/>.</summary>
    CrAccess,

    /// <summary>A <see cref="DrAccessQualification"/>.</summary>
    DrAccess,

    /// <summary>An <see cref="IoInstructionQualification"/>.</summary>
    IoInstruction,

    /// <summary>A <see cref="MwaitQualification"/>.</summary>
    Mwait,

    /// <summary>A <see cref="WrmsrQualification"/>.</summary>
    Wrmsr,

    /// <summary>The index of an MSR.</summary>
    MsrIndex,

    /// <summary>An <see cref="ApicAccessQualification"/>.</summary>
    ApicAccess,

    /// <summary>A <see cref="VirtualizedEoiQualification"/>.</summary>
    VirtualizedEoi,

    /// <summary>An <see cref="ApicWriteQualification"/>.</summary>
    ApicWrite,

    /// <summary>An <see cref="EptViolationQualification"/>.</summary>
    EptViolation,

    /// <summary>A <see cref="PageModificationLogFullQualification"/>.</summary>
    PageModificationLogFull,

    /// <summary>An <see cref="SppRelatedEventQualification"/>.</summary>
    SppRelatedEvent,

    /// <summary>An <see cref="InstructionTimeoutQualification"/>.</summary>
    InstructionTimeout,

    /// <summary>A <see cref="VmEntryFailureQualification"/>.</summary>
    EntryFailure,

    /// <summary>The number, counted from 1, of the entry in the VM-entry MSR-load area that could not be loaded.</summary>
    EntryFailureMsr,
}
