using System;
using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>A VM entry on its way from what the SDM says to what a machine does.</summary>
/// <param name="vmcs">The VMCS.</param>
/// <param name="capabilities">The processor.</param>
/// <param name="report">What the checker says.</param>
public sealed class DeviatingEntry(Vmcs<CaseVmcs> vmcs, VmxCapabilities capabilities, VmEntryReport report)
{
    private readonly List<EntryFinding> _findings = [.. report.Violations.Select(static v => new EntryFinding(v.Rule.Name, v.Rule.Stage, v.Outcome))];

    public Vmcs<CaseVmcs> Vmcs => vmcs;

    public VmxCapabilities Capabilities => capabilities;

    /// <summary>What is found.</summary>
    public IReadOnlyList<EntryFinding> Findings => _findings;

    /// <summary>Whether the machine gives up once the guest is entered.</summary>
    public bool Panics { get; set; }

    /// <summary>Whether anything has changed.</summary>
    public bool IsChanged { get; set; }

    /// <summary>Whether secondary controls count, and which.</summary>
    public SecondaryProcessorBasedControls Secondary =>
        vmcs.PrimaryProcessorBasedControls.ActivateSecondaryControls ? vmcs.SecondaryProcessorBasedControls : default;

    /// <summary>The machine does not check some rules.</summary>
    public void Ignore(params ReadOnlySpan<string> rules)
    {
        foreach (var rule in rules)
        {
            var name = rule;
            IsChanged |= _findings.RemoveAll(finding => finding.Rule == name) != 0;
        }
    }

    /// <summary>The machine finds a rule broken that the SDM does not have, or not so.</summary>
    public void Find(string rule, VmEntryStage stage, ulong qualification = 0)
    {
        _findings.Add(new(rule, stage, stage switch
        {
            VmEntryStage.Controls => VmEntryOutcome.Fail(VmInstructionError.EntryInvalidControlFields),
            VmEntryStage.HostState => VmEntryOutcome.Fail(VmInstructionError.EntryInvalidHostStateFields),
            VmEntryStage.GuestState => VmEntryOutcome.Exit(BasicExitReason.EntryFailureInvalidGuestState, qualification),
            VmEntryStage.MsrLoading => VmEntryOutcome.Exit(BasicExitReason.EntryFailureMsrLoading, qualification),
            _ => throw new ArgumentOutOfRangeException(nameof(stage), stage, "No stage at which a VMCS is checked."),
        }));
        IsChanged = true;
    }

    /// <summary>The machine reports a rule otherwise.</summary>
    public void Report(string rule, VmEntryStage stage, ulong qualification = 0)
    {
        if (_findings.RemoveAll(finding => finding.Rule == rule) != 0)
            Find(rule, stage, qualification);
    }
}
