using System;
using System.Collections.Generic;

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

    /// <summary>All rules that are checked; those that are data of fields, and MSR loading, come last.</summary>
    public static IReadOnlyList<VmEntryRule> Rules { get; } = [.. CheckedInOrder, .. MsrLoadRules.Set.Rules];

    /// <summary>Checks a VMCS.</summary>
    /// <typeparam name="TAccess">How the VMCS is reached.</typeparam>
    /// <param name="vmcs">The VMCS. Fields that the processor does not have are not read, and their features count as off.</param>
    /// <param name="capabilities">The VMX capabilities of the processor.</param>
    /// <param name="context">What else VM entry depends on.</param>
    /// <exception cref="VmxException">Fields cannot be read because there is no current VMCS.</exception>
    public static VmEntryReport Check<TAccess>(in Vmcs<TAccess> vmcs, VmxCapabilities capabilities, VmEntryContext context)
        where TAccess : struct, IVmcsAccess
    {
        ArgumentNullException.ThrowIfNull(capabilities);
        ArgumentNullException.ThrowIfNull(context);
        var access = vmcs.Access;
        // Any field shows whether there is a VMCS at all.
        var probe = access.TryRead(VmcsField.PinBasedControls, out _);
        probe.ThrowIfFailed("Reading the VMCS to check it");

        var state = new VmEntryState(VmcsValues.Of(access.TryRead, capabilities, context.OwnFields), capabilities, context);
        foreach (var rule in CheckedInOrder)
            state.Keeps(rule);
        foreach (var rule in FieldRules.Of([.. context.OwnFields]))
            state.Keeps(rule);
        MsrLoadRules.Check(state);
        return state.Report();
    }

    /// <summary>Checks the current VMCS of a processor, with the capabilities and the state that it has.</summary>
    /// <param name="processor">The processor, in VMX operation with a current VMCS.</param>
    /// <exception cref="VmxException">There is no current VMCS.</exception>
    public static VmEntryReport Diagnose(IVmxProcessor processor)
    {
        ArgumentNullException.ThrowIfNull(processor);
        return Check(processor.CurrentVmcs, VmxCapabilities.Read(processor), VmEntryContext.Of(processor));
    }
}
