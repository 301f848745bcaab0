using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Entry;

/// <summary>
/// Checks a VMCS as VMLAUNCH and VMRESUME do: every rule of SDM 3C 27.1 to 27.4 on controls, host state, guest state and MSR loading.
/// It finds all broken rules, where a processor reports one, and says how the processor reports it.
/// </summary>
/// <remarks>
/// Not checked: the launch state (errors 4 and 5), and the executive-VMCS pointer of VM entries that return from SMM (SDM 3C 32.15.4).
/// </remarks>
/// <example><code>
/// var report = VmEntryChecker.Check(image.Vmcs, capabilities, new VmEntryContext { PhysicalAddressWidth = 46 });
/// Console.WriteLine(report);
/// </code></example>
public static class VmEntryChecker
{
    private static readonly VmEntryRule[] CheckedInOrder =
    [
        .. InstructionRules.Set.Rules,
        .. VmExecutionControlRules.Set.Rules,
        .. EptControlRules.Set.Rules,
        .. VmExitControlRules.Set.Rules,
        .. VmEntryControlRules.Set.Rules,
        .. EventInjectionRules.Set.Rules,
        .. FredRules.Controls.Rules,
        .. HostRegisterRules.Set.Rules,
        .. HostSegmentRules.Set.Rules,
        .. AddressSpaceRules.Set.Rules,
        .. FredRules.HostState.Rules,
        .. GuestControlRegisterRules.Set.Rules,
        .. GuestSegmentRules.Set.Rules,
        .. GuestAccessRightsRules.Set.Rules,
        .. GuestSystemSegmentRules.Set.Rules,
        .. GuestRipRflagsRules.Set.Rules,
        .. ActivityStateRules.Set.Rules,
        .. InterruptibilityRules.Set.Rules,
        .. PendingDebugRules.Set.Rules,
        .. LinkPointerRules.Set.Rules,
        .. GuestPdpteRules.Set.Rules,
        .. FredRules.GuestState.Rules,
        .. FieldRules.Of(VmcsFields.All),
    ];

    private static readonly VmcsField[] s_fields = [.. VmcsFields.All.ToArray().Select(static info => info.Field)];

    /// <summary>All rules that are checked; those that are data of fields, and MSR loading, come last.</summary>
    public static IReadOnlyList<VmEntryRule> Rules { get; } = [.. CheckedInOrder, .. MsrLoadRules.Set.Rules];

    /// <summary>Checks a VMCS.</summary>
    /// <typeparam name="TAccess">How the VMCS is reached.</typeparam>
    /// <param name="vmcs">The VMCS. Fields that the processor does not have are not read, and their features count as off.</param>
    /// <param name="capabilities">The VMX capabilities of the processor.</param>
    /// <param name="context">What else VM entry depends on.</param>
    /// <exception cref="VmxFailException">Fields cannot be read because there is no current VMCS.</exception>
    public static VmEntryReport Check<TAccess>(in Vmcs<TAccess> vmcs, VmxCapabilities capabilities, VmEntryContext context)
        where TAccess : struct, IVmcsAccess => Check(vmcs, capabilities, context, default);

    private static VmEntryReport Check<TAccess>(
        in Vmcs<TAccess> vmcs,
        VmxCapabilities capabilities,
        VmEntryContext context,
        VmEntryOutcome seen
    )
        where TAccess : struct, IVmcsAccess
    {
        ArgumentNullException.ThrowIfNull(capabilities);
        ArgumentNullException.ThrowIfNull(context);
        VmcsField[] fields = [.. s_fields.Where(capabilities.Supports), .. context.OwnFields.Select(static own => own.Field)];
        var values = new ulong[fields.Length];
        var outcomes = new VmxResult[fields.Length];
        FieldReads.Read(vmcs.Access, fields, values, outcomes);
        var known = new Dictionary<VmcsField, ulong>(fields.Length);
        for (var i = 0; i < fields.Length; i++)
        {
            if (outcomes[i].IsSuccess)
                known[fields[i]] = values[i];
            else if (outcomes[i].Error != VmInstructionError.UnsupportedVmcsComponent)
                outcomes[i].ThrowIfFailed("Reading the VMCS to check it");
        }
        var state = new VmEntryState(_ => VmcsValues.Of(known), capabilities, context);
        return Check(state, context.OwnFields, seen);
    }

    /// <summary>
    /// Checks a VMCS that is known only in part, for example from a log. Rules that look at what is not known are in
    /// <see cref="VmEntryReport.Undecided"/> with what they need; no violation is reported that more knowledge could take back.
    /// </summary>
    /// <param name="known">The fields that are known, by the encodings of whole fields.</param>
    /// <param name="msrs">Capability MSRs that are known; null if none is.</param>
    /// <param name="context">What else VM entry depends on; null if it is not known.</param>
    /// <param name="msrArea">
    /// The entries of the VM-entry MSR-load area, where they are known and their place in memory is not; null to read them from the
    /// context's memory.
    /// </param>
    public static VmEntryReport CheckKnown(
        IReadOnlyDictionary<VmcsField, ulong> known,
        IMsrSource? msrs = null,
        VmEntryContext? context = null,
        IReadOnlyList<MsrAreaEntry>? msrArea = null
    )
    {
        ArgumentNullException.ThrowIfNull(known);
        var capabilities = VmxCapabilities.ReadKnown(msrs ?? new MsrValues());
        var state = new VmEntryState(
            state => VmcsValues.Of(known, capabilities, field => state.Need(VmcsFields.NameOf(field))),
            capabilities,
            context
        )
        {
            KnownMsrArea = msrArea,
        };
        capabilities.UnknownAsked = msr => state.Need(VmxMsrNames.Describe(msr));
        return Check(state, context?.OwnFields ?? [], default);
    }

    private static VmEntryReport Check(VmEntryState state, IReadOnlyList<VmcsFieldInfo> ownFields, VmEntryOutcome seen)
    {
        CheckRules(state, FieldRules.Of([.. ownFields]));
        if (state.IsKept && seen.IsExit && seen.ExitReason.BasicReason == BasicExitReason.EntryFailureMsrLoading)
            MsrLoadRules.Report(state, seen.Qualification);
        return state.Report();
    }

    /// <summary>Which rules a VM entry breaks; null if it breaks none, and then nothing is allocated.</summary>
    internal static VmEntryReport? FindBroken(VmEntryState state)
    {
        CheckRules(state, []);
        return state.IsKept ? null : state.Report();
    }

    private static void CheckRules(VmEntryState state, ReadOnlySpan<VmEntryRule> ownRules)
    {
        foreach (var rule in CheckedInOrder)
            state.Keeps(rule);
        foreach (var rule in ownRules)
            state.Keeps(rule);
        MsrLoadRules.Check(state);
    }

    /// <summary>Checks the current VMCS of a processor, with the capabilities and the state that it has.</summary>
    /// <param name="processor">The processor, in VMX operation with a current VMCS.</param>
    /// <exception cref="VmxFailException">There is no current VMCS.</exception>
    public static VmEntryReport Diagnose(IVmxProcessor processor)
    {
        ArgumentNullException.ThrowIfNull(processor);
        return Diagnose(processor, default);
    }

    /// <summary>
    /// Checks the current VMCS of a processor after a VM entry that failed. The report holds what the processor names, even where no rule
    /// explains it: the entry of the VM-entry MSR-load area.
    /// </summary>
    /// <param name="processor">The processor, in VMX operation with a current VMCS.</param>
    /// <param name="seen">How the VM entry ended.</param>
    /// <exception cref="VmxFailException">There is no current VMCS.</exception>
    public static VmEntryReport Diagnose(IVmxProcessor processor, VmEntryOutcome seen)
    {
        ArgumentNullException.ThrowIfNull(processor);
        return Check(processor.CurrentVmcs, processor.Capabilities, VmEntryContext.Of(processor), seen);
    }
}
