using static VmcsGen.Vmx.ExceptionVector;

namespace VmcsGen.Vmx.Entry;

/// <summary>SDM 3C 27.3.1.5: the activity state.</summary>
internal static class ActivityStateRules
{
    internal static RuleSet Set { get; } =
        new(VmEntryStage.GuestState, "SDM 3C 27.3.1.5")
        {
            GuestActivityStateSupported,
            GuestHltNeedsCpl0,
            GuestActiveWhileEventsAreBlocked,
            GuestActivityStateTakesEvent,
            EntryToSmmExcludesWaitForSipi,
        };

    private static void GuestActivityStateSupported(VmEntryState state)
    {
        var activity = state.Vmcs.GuestActivityState;
        var misc = state.Capabilities.Misc;
        var isSupported = activity switch
        {
            ActivityState.Active => true,
            ActivityState.Hlt => misc.ActivityHlt,
            ActivityState.Shutdown => misc.ActivityShutdown,
            ActivityState.WaitForSipi => misc.ActivityWaitForSipi,
            _ => false,
        };
        if (!isSupported)
        {
            state.Violate(
                $"IA32_VMX_MISC does not offer the activity state {(uint)activity}.",
                "Write 0 (active) to GuestActivityState.",
                VmcsField.GuestActivityState
            );
        }
    }

    private static void GuestHltNeedsCpl0(VmEntryState state)
    {
        if (state.Vmcs.GuestActivityState == ActivityState.Hlt && state.Cpl != 0)
        {
            state.Violate(
                $"The guest is halted at CPL {state.Cpl}, the DPL of SS, where HLT cannot be executed.",
                "Make the guest active, or write 0 to the DPL of SS.",
                VmcsField.GuestActivityState,
                VmcsField.GuestSsAccessRights
            );
        }
    }

    private static void GuestActiveWhileEventsAreBlocked(VmEntryState state)
    {
        var blocking = state.Vmcs.GuestInterruptibilityState;
        if (state.Vmcs.GuestActivityState != ActivityState.Active && (blocking.BlockingBySti || blocking.BlockingByMovSs))
        {
            state.Violate(
                "STI or MOV SS blocks events for the next instruction, but the guest is not active.",
                "Make the guest active, or clear bits 1:0 of the interruptibility state.",
                VmcsField.GuestActivityState,
                VmcsField.GuestInterruptibilityState
            );
        }
    }

    private static void GuestActivityStateTakesEvent(VmEntryState state)
    {
        if (!state.Injects(out var injected))
            return;
        var activity = state.Vmcs.GuestActivityState;
        var isMachineCheck = IsException(injected, MachineCheck);
        var isTaken = activity switch
        {
            ActivityState.Hlt => injected.Type is InterruptionType.ExternalInterrupt or InterruptionType.Nmi
                || IsException(injected, Debug)
                || isMachineCheck
                || (injected.Type == InterruptionType.OtherEvent && injected.Vector == 0),
            ActivityState.Shutdown => injected.Type == InterruptionType.Nmi || isMachineCheck,
            ActivityState.WaitForSipi => false,
            _ => true,
        };
        if (!isTaken)
        {
            state.Violate(
                $"A guest in the activity state {activity} takes no event of the type {injected.Type} with vector {injected.Vector}.",
                "Make the guest active, or inject the event later.",
                VmcsField.GuestActivityState,
                VmcsField.EntryInterruptionInformation
            );
        }
    }

    private static void EntryToSmmExcludesWaitForSipi(VmEntryState state)
    {
        if (state.Entry.EntryToSmm && state.Vmcs.GuestActivityState == ActivityState.WaitForSipi)
        {
            state.Violate(
                "A guest that enters SMM cannot wait for a SIPI.",
                "Make the guest active, or clear EntryToSmm.",
                VmcsField.GuestActivityState,
                VmcsField.VmEntryControls
            );
        }
    }

    private static bool IsException(EntryInterruptionInformation injected, ExceptionVector vector) =>
        injected.Type == InterruptionType.HardwareException && injected.Vector == (uint)vector;
}
