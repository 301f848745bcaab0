using System.Collections.Generic;
using System.Linq;
using VmcsGen.Tool.Machine;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Tool.Findings;

/// <summary>What a VMCS says.</summary>
internal sealed class Finding
{
    private Finding(IVmcsRecord record, VmEntryReport report, VmEntryReport withoutMachine)
    {
        Record = record;
        Undecided = report.Undecided;
        Unknowns = Unknown.Of(report, record);
        Broken = [.. report.Violations.Where(violation => IsPossible(violation, withoutMachine))];
    }

    /// <summary>The VMCS.</summary>
    public IVmcsRecord Record { get; }

    /// <summary>The broken rules.</summary>
    public IReadOnlyList<VmEntryViolation> Broken { get; }

    /// <summary>The rules that cannot be decided.</summary>
    public IReadOnlyList<VmEntryUndecidedRule> Undecided { get; }

    /// <summary>What the undecided rules need.</summary>
    public IReadOnlyList<Unknown> Unknowns { get; }

    /// <summary>The exit reason; null if the record does not hold it.</summary>
    public ExitReason? Reason => Record.Fields.TryGetValue(VmcsField.ExitReason, out var reason) ? new((uint)reason) : null;

    /// <summary>The stage in which VM entry failed by the exit reason; null if it did not, or if that is not known.</summary>
    public VmEntryStage? FailedStage =>
        Reason is { EntryFailure: true } reason
            ? reason.BasicReason switch
            {
                BasicExitReason.EntryFailureInvalidGuestState => VmEntryStage.GuestState,
                BasicExitReason.EntryFailureMsrLoading => VmEntryStage.MsrLoading,
                _ => null,
            }
            : null;

    /// <summary>The undecided rules that may be the cause: those of the stage that failed, or all.</summary>
    public IEnumerable<VmEntryUndecidedRule> Suspects => Undecided.Where(one => FailedStage is not { } stage || one.Rule.Stage == stage);

    /// <summary>Checks a VMCS.</summary>
    /// <param name="record">The VMCS.</param>
    /// <param name="machine">The machine that it is of; null if that is not known.</param>
    public static Finding Of(IVmcsRecord record, MachineFacts? machine)
    {
        var withoutMachine = VmEntryChecker.CheckKnown(record.Fields, msrArea: record.EntryMsrs);
        return machine is null
            ? new(record, withoutMachine, withoutMachine)
            : new(record, VmEntryChecker.CheckKnown(record.Fields, machine.Msrs, machine.Context, record.EntryMsrs), withoutMachine);
    }

    // A stage before the one that failed was passed. What would forbid that is a capability that the processor has and KVM does not offer.
    private bool IsPossible(VmEntryViolation violation, VmEntryReport withoutMachine) =>
        FailedStage is not { } stage || violation.Rule.Stage >= stage || withoutMachine.Violations.Any(one => one.Rule == violation.Rule);
}
