namespace VmcsGen.Vmx.Entry;

/// <summary>SDM 3C 27.2.2: host control registers, MSRs and SSP.</summary>
internal static class HostRegisterRules
{
    internal static RuleSet Set { get; } =
        new(VmEntryStage.HostState, "SDM 3C 27.2.2")
        {
            HostCr0FixedBits,
            HostCr4FixedBits,
            HostCr4CetNeedsWriteProtect,
            HostCr3PhysicalAddress,
            HostIa32PerfGlobalCtrlReservedBits,
            HostIa32EferReservedBits,
            HostIa32EferHostAddressSpaceSize,
            HostIa32SCetReservedBits,
            HostIa32SCetSuppressAndTracker,
            HostIa32SpecCtrlReservedBits,
        };

    private static void HostCr0FixedBits(VmEntryState state) =>
        RegisterRules.CheckFixedBits(state, VmcsField.HostCr0, state.Capabilities.Cr0, "CR0", 0);

    private static void HostCr4FixedBits(VmEntryState state) =>
        RegisterRules.CheckFixedBits(state, VmcsField.HostCr4, state.Capabilities.Cr4, "CR4", 0);

    private static void HostCr4CetNeedsWriteProtect(VmEntryState state) =>
        RegisterRules.CheckCet(state, VmcsField.HostCr4, VmcsField.HostCr0);

    private static void HostCr3PhysicalAddress(VmEntryState state) => RegisterRules.CheckCr3(state, VmcsField.HostCr3);

    private static void HostIa32PerfGlobalCtrlReservedBits(VmEntryState state) =>
        RegisterRules.CheckReserved(
            state,
            state.Exit.LoadIa32PerfGlobalCtrl,
            VmcsField.HostIa32PerfGlobalCtrl,
            state.Context.Ia32PerfGlobalCtrlBits
        );

    private static void HostIa32EferReservedBits(VmEntryState state) =>
        RegisterRules.CheckReserved(state, state.Exit.LoadIa32Efer, VmcsField.HostIa32Efer, state.Context.Ia32EferBits);

    private static void HostIa32EferHostAddressSpaceSize(VmEntryState state)
    {
        if (!state.Exit.LoadIa32Efer || !state.Has(VmcsField.HostIa32Efer))
            return;
        const ulong Both = RegisterBits.EferLma | RegisterBits.EferLme;
        var expected = state.Exit.HostAddressSpaceSize ? Both : 0;
        if ((state.Vmcs.HostIa32Efer & Both) != expected)
        {
            var bit = expected == 0 ? 0 : 1;
            state.Violate(
                $"LMA and LME must both be {bit}, as HostAddressSpaceSize is.",
                $"Make bits 10 and 8 of HostIa32Efer {bit}.",
                VmcsField.HostIa32Efer,
                VmcsField.PrimaryVmExitControls
            );
        }
    }

    private static void HostIa32SCetReservedBits(VmEntryState state) =>
        RegisterRules.CheckReserved(state, state.Exit.LoadCetState, VmcsField.HostIa32SCet, state.Context.Ia32SCetBits);

    private static void HostIa32SCetSuppressAndTracker(VmEntryState state) =>
        RegisterRules.CheckSuppressAndTracker(state, state.Exit.LoadCetState, VmcsField.HostIa32SCet);

    private static void HostIa32SpecCtrlReservedBits(VmEntryState state) =>
        RegisterRules.CheckReserved(state, state.Exit2.LoadIa32SpecCtrl, VmcsField.HostIa32SpecCtrl, state.Context.Ia32SpecCtrlBits);
}
