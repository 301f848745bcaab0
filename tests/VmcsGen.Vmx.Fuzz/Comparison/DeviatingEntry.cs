using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>A VM entry on its way from what the SDM says to what a machine does.</summary>
/// <param name="vmcs">The VMCS.</param>
/// <param name="capabilities">The processor.</param>
/// <param name="context">What else its VM entries depend on.</param>
/// <param name="report">What the checker says.</param>
public sealed class DeviatingEntry(Vmcs<CaseVmcs> vmcs, VmxCapabilities capabilities, VmEntryContext context, VmEntryReport report)
{
    private readonly List<EntryFinding> _findings =
    [
        .. report
            .Violations.Where(static v => v.Doubt is null || v.Rule.Name != "InjectedErrorCodeMissing")
            .Select(static v => new EntryFinding(v.Rule.Name, v.Rule.Stage, v.Outcome, v.Fields.Count == 0 ? null : v.Fields[0].Field)),
    ];

    public Vmcs<CaseVmcs> Vmcs => vmcs;

    public VmxCapabilities Capabilities => capabilities;

    public VmEntryContext Context => context;

    /// <summary>What is found.</summary>
    public IReadOnlyList<EntryFinding> Findings => _findings;

    /// <summary>Whether the machine gives up once the guest is entered.</summary>
    public bool Panics { get; private set; }

    /// <summary>Whether the machine enters the guest and does not come back.</summary>
    public bool NeverExits { get; private set; }

    /// <summary>Whether no VM exit comes back, that of a failed VM entry neither.</summary>
    public bool NeverReturns { get; private set; }

    /// <summary>Whether an MSR cannot be loaded.</summary>
    public bool FindsInMsrs => _findings.Exists(static finding => finding.Stage == VmEntryStage.MsrLoading);

    /// <summary>Whether anything has changed.</summary>
    public bool IsChanged { get; set; }

    /// <summary>Whether secondary controls count, and which.</summary>
    public SecondaryProcessorBasedControls Secondary =>
        vmcs.PrimaryProcessorBasedControls.ActivateSecondaryControls ? vmcs.SecondaryProcessorBasedControls : default;

    /// <summary>Whether the guest is in real-address mode.</summary>
    public bool IsReal => (vmcs.GuestCr0 & 1) == 0;

    /// <summary>Whether the guest is in virtual-8086 mode.</summary>
    public bool IsVirtual8086 => (vmcs.GuestRflags & 1 << 17) != 0;

    /// <summary>Whether an event is injected, and which.</summary>
    public bool Injects(out EntryInterruptionInformation injected)
    {
        injected = vmcs.EntryInterruptionInformation;
        return injected.Valid;
    }

    /// <summary>The machine does not check some rules.</summary>
    public void Ignore(params ReadOnlySpan<string> rules)
    {
        foreach (var rule in rules)
        {
            var name = rule;
            IsChanged |= _findings.RemoveAll(finding => finding.Rule == name) != 0;
        }
    }

    /// <summary>The machine does not check a rule on a field.</summary>
    public void IgnoreOf(VmcsField field, string rule) =>
        IsChanged |= _findings.RemoveAll(finding => finding.Rule == rule && finding.Field == field) != 0;

    /// <summary>The machine finds something that the SDM does not forbid, or not so.</summary>
    public void Find(string rule, VmEntryStage stage, ulong qualification = 0)
    {
        _findings.Add(
            new(
                rule,
                stage,
                stage switch
                {
                    VmEntryStage.Controls => VmEntryOutcome.Fail(VmInstructionError.EntryInvalidControlFields),
                    VmEntryStage.HostState => VmEntryOutcome.Fail(VmInstructionError.EntryInvalidHostStateFields),
                    VmEntryStage.GuestState => VmEntryOutcome.Exit(BasicExitReason.EntryFailureInvalidGuestState, qualification),
                    VmEntryStage.MsrLoading => VmEntryOutcome.Exit(BasicExitReason.EntryFailureMsrLoading, qualification),
                    _ => throw new ArgumentOutOfRangeException(nameof(stage), stage, "No stage at which a VMCS is checked."),
                }
            )
        );
        IsChanged = true;
    }

    /// <summary>The machine reports a rule otherwise.</summary>
    public void Report(string rule, VmEntryStage stage, ulong qualification)
    {
        if (_findings.RemoveAll(finding => finding.Rule == rule) != 0)
            Find(rule, stage, qualification);
    }

    /// <summary>The machine gives up once the guest is entered.</summary>
    public void Panic() => Panics = IsChanged = true;

    /// <summary>The machine enters the guest and does not come back.</summary>
    public void NeverExit() => NeverExits = IsChanged = true;

    /// <summary>No VM exit comes back, that of a failed VM entry neither.</summary>
    public void NeverReturn() => NeverReturns = IsChanged = true;
}
