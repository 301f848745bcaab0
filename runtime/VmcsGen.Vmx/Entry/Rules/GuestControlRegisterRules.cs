namespace VmcsGen.Vmx.Entry;

/// <summary>SDM 3C 27.3.1.1: guest control registers, debug registers and MSRs.</summary>
internal static class GuestControlRegisterRules
{
    private const VmcsField EntryControls = VmcsField.VmEntryControls;

    internal static RuleSet Set { get; } =
        new(VmEntryStage.GuestState, "SDM 3C 27.3.1.1")
        {
            GuestCr0FixedBits,
            GuestCr0PagingNeedsProtection,
            GuestCr4FixedBits,
            GuestCr4CetNeedsWriteProtect,
            GuestIa32DebugctlReservedBits,
            Ia32eModeGuestNeedsPaging,
            Ia32eModeGuestNeedsPae,
            GuestCr4PcideNeedsIa32eModeGuest,
            GuestCr3PhysicalAddress,
            GuestIa32PerfGlobalCtrlReservedBits,
            GuestIa32EferReservedBits,
            GuestIa32EferLma,
            GuestIa32EferLme,
            GuestIa32RtitCtlReservedBits,
            GuestIa32SCetReservedBits,
            GuestIa32SCetSuppressAndTracker,
            GuestIa32LbrCtlReservedBits,
            GuestIa32SpecCtrlReservedBits,
        };

    private static bool IsPaging(VmEntryState state) => (state.Vmcs.GuestCr0 & RegisterBits.Cr0Pg) != 0;

    private static void GuestCr0FixedBits(VmEntryState state)
    {
        // VM entry does not change NW and CD, and PE and PG are free for an unrestricted guest.
        const ulong Unchanged = RegisterBits.Cr0Nw | RegisterBits.Cr0Cd;
        var exempt = state.Secondary.UnrestrictedGuest ? Unchanged | RegisterBits.Cr0Pe | RegisterBits.Cr0Pg : Unchanged;
        RegisterRules.CheckFixedBits(state, VmcsField.GuestCr0, state.Capabilities.Cr0, "CR0", exempt);
    }

    private static void GuestCr0PagingNeedsProtection(VmEntryState state)
    {
        if (IsPaging(state) && (state.Vmcs.GuestCr0 & RegisterBits.Cr0Pe) == 0)
            state.Violate("CR0.PG (bit 31) is 1 although CR0.PE (bit 0) is 0.", "Set PE, or clear PG.", VmcsField.GuestCr0);
    }

    private static void GuestCr4FixedBits(VmEntryState state) =>
        RegisterRules.CheckFixedBits(state, VmcsField.GuestCr4, state.Capabilities.Cr4, "CR4", 0);

    private static void GuestCr4CetNeedsWriteProtect(VmEntryState state) =>
        RegisterRules.CheckCet(state, VmcsField.GuestCr4, VmcsField.GuestCr0);

    private static void GuestIa32DebugctlReservedBits(VmEntryState state) =>
        RegisterRules.CheckReserved(state, state.Entry.LoadDebugControls, VmcsField.GuestIa32Debugctl, state.Context.Ia32DebugctlBits);

    private static void Ia32eModeGuestNeedsPaging(VmEntryState state)
    {
        if (state.Entry.Ia32eModeGuest && !IsPaging(state))
        {
            state.Violate(
                "CR0.PG (bit 31) is 0 although Ia32eModeGuest is 1.",
                "Set PG, or clear Ia32eModeGuest.",
                VmcsField.GuestCr0,
                EntryControls
            );
        }
    }

    private static void Ia32eModeGuestNeedsPae(VmEntryState state)
    {
        if (state.Entry.Ia32eModeGuest && (state.Vmcs.GuestCr4 & RegisterBits.Cr4Pae) == 0)
        {
            state.Violate(
                "CR4.PAE (bit 5) is 0 although Ia32eModeGuest is 1.",
                "Set PAE, or clear Ia32eModeGuest.",
                VmcsField.GuestCr4,
                EntryControls
            );
        }
    }

    private static void GuestCr4PcideNeedsIa32eModeGuest(VmEntryState state)
    {
        if (!state.Entry.Ia32eModeGuest && (state.Vmcs.GuestCr4 & RegisterBits.Cr4Pcide) != 0)
        {
            state.Violate(
                "CR4.PCIDE (bit 17) is 1 although Ia32eModeGuest is 0.",
                "Clear PCIDE, or set Ia32eModeGuest.",
                VmcsField.GuestCr4,
                EntryControls
            );
        }
    }

    private static void GuestCr3PhysicalAddress(VmEntryState state) => RegisterRules.CheckCr3(state, VmcsField.GuestCr3);

    private static void GuestIa32PerfGlobalCtrlReservedBits(VmEntryState state) =>
        RegisterRules.CheckReserved(
            state,
            state.Entry.LoadIa32PerfGlobalCtrl,
            VmcsField.GuestIa32PerfGlobalCtrl,
            state.Context.Ia32PerfGlobalCtrlBits
        );

    private static void GuestIa32EferReservedBits(VmEntryState state) =>
        RegisterRules.CheckReserved(state, state.Entry.LoadIa32Efer, VmcsField.GuestIa32Efer, state.Context.Ia32EferBits);

    private static void GuestIa32EferLma(VmEntryState state)
    {
        if (!LoadsEfer(state))
            return;
        var lma = (state.Vmcs.GuestIa32Efer & RegisterBits.EferLma) != 0;
        if (lma != state.Entry.Ia32eModeGuest)
        {
            state.Violate(
                $"LMA (bit 10) is {(lma ? 1 : 0)}, which Ia32eModeGuest is not.",
                "Make both alike.",
                VmcsField.GuestIa32Efer,
                EntryControls
            );
        }
    }

    private static void GuestIa32EferLme(VmEntryState state)
    {
        if (!LoadsEfer(state) || !IsPaging(state))
            return;
        var lma = (state.Vmcs.GuestIa32Efer & RegisterBits.EferLma) != 0;
        var lme = (state.Vmcs.GuestIa32Efer & RegisterBits.EferLme) != 0;
        if (lma != lme)
        {
            state.Violate(
                $"LME (bit 8) is {(lme ? 1 : 0)}, which LMA (bit 10) is not, although CR0.PG is 1.",
                "Make both alike.",
                VmcsField.GuestIa32Efer,
                VmcsField.GuestCr0
            );
        }
    }

    private static void GuestIa32RtitCtlReservedBits(VmEntryState state) =>
        RegisterRules.CheckReserved(state, state.Entry.LoadIa32RtitCtl, VmcsField.GuestIa32RtitCtl, state.Context.Ia32RtitCtlBits);

    private static void GuestIa32SCetReservedBits(VmEntryState state) =>
        RegisterRules.CheckReserved(state, state.Entry.LoadCetState, VmcsField.GuestIa32SCet, state.Context.Ia32SCetBits);

    private static void GuestIa32SCetSuppressAndTracker(VmEntryState state) =>
        RegisterRules.CheckSuppressAndTracker(state, state.Entry.LoadCetState, VmcsField.GuestIa32SCet);

    private static void GuestIa32LbrCtlReservedBits(VmEntryState state) =>
        RegisterRules.CheckReserved(state, state.Entry.LoadGuestIa32LbrCtl, VmcsField.GuestIa32LbrCtl, state.Context.Ia32LbrCtlBits);

    private static void GuestIa32SpecCtrlReservedBits(VmEntryState state) =>
        RegisterRules.CheckReserved(state, state.Entry.LoadIa32SpecCtrl, VmcsField.GuestIa32SpecCtrl, state.Context.Ia32SpecCtrlBits);

    private static bool LoadsEfer(VmEntryState state) => state.Entry.LoadIa32Efer && state.Has(VmcsField.GuestIa32Efer);
}
