namespace VmcsGen.Vmx.Entry;

/// <summary>SDM 3C 27.1: what VMLAUNCH and VMRESUME check before the VMCS, apart from the launch state.</summary>
internal static class InstructionRules
{
    internal static RuleSet Set { get; } = new(VmEntryStage.Instruction, "SDM 3C 27.1") { EventsBlockedByMovSs };

    private static void EventsBlockedByMovSs(VmEntryState state)
    {
        if (state.Context.IsBlockedByMovSs)
            state.Violate("MOV SS or POP SS right before VM entry blocks events.", "Execute another instruction in between.");
    }
}
