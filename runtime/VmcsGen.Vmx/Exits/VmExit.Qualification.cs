using System;
using System.Diagnostics.CodeAnalysis;

namespace VmcsGen.Vmx;

// The exit qualification by exit reason (SDM 3C 28.2.1).
public readonly partial struct VmExit
{
    /// <summary>Cause of a debug exception (#DB): an exception of vector 1.</summary>
    /// <exception cref="InvalidOperationException">The VM exit has another reason.</exception>
    [BelongsTo<BasicExitReason>(BasicExitReason.ExceptionOrNmi)]
    public DebugExceptionQualification DebugException => new(Require(ExitQualificationFormat.DebugException));

    /// <summary>Linear address of a page fault (#PF), what CR2 holds without virtualization: an exception of vector 14.</summary>
    /// <exception cref="InvalidOperationException">The VM exit has another reason.</exception>
    [BelongsTo<BasicExitReason>(BasicExitReason.ExceptionOrNmi)]
    public ulong PageFaultAddress => Require(ExitQualificationFormat.PageFaultAddress);

    /// <summary>The start-up IPI.</summary>
    /// <exception cref="InvalidOperationException">The VM exit has another reason.</exception>
    [BelongsTo<BasicExitReason>(BasicExitReason.StartupIpi)]
    public StartupIpiQualification StartupIpi => new(Require(ExitQualificationFormat.StartupIpi));

    /// <summary>The task switch that the guest attempted.</summary>
    /// <exception cref="InvalidOperationException">The VM exit has another reason.</exception>
    [BelongsTo<BasicExitReason>(BasicExitReason.TaskSwitch)]
    public TaskSwitchQualification TaskSwitch => new(Require(ExitQualificationFormat.TaskSwitch));

    /// <summary>Linear address that INVLPG was to invalidate.</summary>
    /// <exception cref="InvalidOperationException">The VM exit has another reason.</exception>
    [BelongsTo<BasicExitReason>(BasicExitReason.Invlpg)]
    public ulong InvlpgAddress => Require(ExitQualificationFormat.InvlpgAddress);

    /// <summary>The access to a control register.</summary>
    /// <exception cref="InvalidOperationException">The VM exit has another reason.</exception>
    [BelongsTo<BasicExitReason>(BasicExitReason.CrAccess)]
    public CrAccessQualification CrAccess => new(Require(ExitQualificationFormat.CrAccess));

    /// <summary>The access to a debug register.</summary>
    /// <exception cref="InvalidOperationException">The VM exit has another reason.</exception>
    [BelongsTo<BasicExitReason>(BasicExitReason.MovDr)]
    public DrAccessQualification MovDr => new(Require(ExitQualificationFormat.DrAccess));

    /// <summary>
    /// The access to an I/O port: of the instruction that caused the VM exit or, for an I/O SMI, that came right before it.
    /// </summary>
    /// <exception cref="InvalidOperationException">The VM exit has another reason.</exception>
    [BelongsTo<BasicExitReason>(BasicExitReason.IoSmi, BasicExitReason.IoInstruction)]
    public IoInstructionQualification IoInstruction => new(Require(ExitQualificationFormat.IoInstruction));

    /// <summary>Whether MWAIT would have waited.</summary>
    /// <exception cref="InvalidOperationException">The VM exit has another reason.</exception>
    [BelongsTo<BasicExitReason>(BasicExitReason.Mwait)]
    public MwaitQualification Mwait => new(Require(ExitQualificationFormat.Mwait));

    /// <summary>Which form of WRMSR it was. The MSR is the one in ECX of the guest.</summary>
    /// <exception cref="InvalidOperationException">The VM exit has another reason.</exception>
    [BelongsTo<BasicExitReason>(BasicExitReason.Wrmsr)]
    public WrmsrQualification Wrmsr => new(Require(ExitQualificationFormat.Wrmsr));

    /// <summary>The MSR of RDMSRLIST, WRMSRLIST (0 while MSR bitmaps are not used) and the immediate forms of RDMSR and WRMSRNS.</summary>
    /// <exception cref="InvalidOperationException">The VM exit has another reason.</exception>
    [BelongsTo<BasicExitReason>(
        BasicExitReason.Rdmsrlist,
        BasicExitReason.Wrmsrlist,
        BasicExitReason.RdmsrImmediate,
        BasicExitReason.WrmsrnsImmediate
    )]
    public uint MsrIndex => (uint)Require(ExitQualificationFormat.MsrIndex);

    /// <summary>The access to the APIC-access page.</summary>
    /// <exception cref="InvalidOperationException">The VM exit has another reason.</exception>
    [BelongsTo<BasicExitReason>(BasicExitReason.ApicAccess)]
    public ApicAccessQualification ApicAccess => new(Require(ExitQualificationFormat.ApicAccess));

    /// <summary>The virtual interrupt that ended.</summary>
    /// <exception cref="InvalidOperationException">The VM exit has another reason.</exception>
    [BelongsTo<BasicExitReason>(BasicExitReason.VirtualizedEoi)]
    public VirtualizedEoiQualification VirtualizedEoi => new(Require(ExitQualificationFormat.VirtualizedEoi));

    /// <summary>The register of the virtual-APIC page that was written.</summary>
    /// <exception cref="InvalidOperationException">The VM exit has another reason.</exception>
    [BelongsTo<BasicExitReason>(BasicExitReason.ApicWrite)]
    public ApicWriteQualification ApicWrite => new(Require(ExitQualificationFormat.ApicWrite));

    /// <summary>The access that violated EPT, and what the EPT entries allowed.</summary>
    /// <exception cref="InvalidOperationException">The VM exit has another reason.</exception>
    [BelongsTo<BasicExitReason>(BasicExitReason.EptViolation)]
    public EptViolationQualification EptViolation => new(Require(ExitQualificationFormat.EptViolation));

    /// <summary>Circumstances of the full page-modification log.</summary>
    /// <exception cref="InvalidOperationException">The VM exit has another reason.</exception>
    [BelongsTo<BasicExitReason>(BasicExitReason.PageModificationLogFull)]
    public PageModificationLogFullQualification PageModificationLogFull => new(Require(ExitQualificationFormat.PageModificationLogFull));

    /// <summary>Why the sub-page permission could not be determined.</summary>
    /// <exception cref="InvalidOperationException">The VM exit has another reason.</exception>
    [BelongsTo<BasicExitReason>(BasicExitReason.SppRelatedEvent)]
    public SppRelatedEventQualification SppRelatedEvent => new(Require(ExitQualificationFormat.SppRelatedEvent));

    /// <summary>Circumstances of the instruction timeout.</summary>
    /// <exception cref="InvalidOperationException">The VM exit has another reason.</exception>
    [BelongsTo<BasicExitReason>(BasicExitReason.InstructionTimeout)]
    public InstructionTimeoutQualification InstructionTimeout => new(Require(ExitQualificationFormat.InstructionTimeout));

    /// <summary>Why the guest state was invalid.</summary>
    /// <exception cref="InvalidOperationException">The VM exit has another reason.</exception>
    [BelongsTo<BasicExitReason>(BasicExitReason.EntryFailureInvalidGuestState)]
    public VmEntryFailureQualification EntryFailure => (VmEntryFailureQualification)Require(ExitQualificationFormat.EntryFailure);

    /// <summary>Number of the entry in the VM-entry MSR-load area that could not be loaded, counted from 1.</summary>
    /// <exception cref="InvalidOperationException">The VM exit has another reason.</exception>
    [BelongsTo<BasicExitReason>(BasicExitReason.EntryFailureMsrLoading)]
    public uint EntryFailureMsr => (uint)Require(ExitQualificationFormat.EntryFailureMsr);

    private ulong Require(ExitQualificationFormat format)
    {
        if (QualificationFormat != format)
            ThrowOtherReason($"The exit qualification {format}", VmExitFormats.ReasonsWith(format));
        return Qualification;
    }

    [DoesNotReturn]
    private void ThrowOtherReason(string part, string reasons) =>
        throw new InvalidOperationException($"{part} belongs to a VM exit of reason {reasons}, and this one is {Describe()}.");
}
