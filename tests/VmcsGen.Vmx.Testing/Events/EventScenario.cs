using System;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Testing;

/// <summary>
/// Events at a guest, and the VM exit that they cause by the SDM. The guest executes CPUID, so that there is a VM exit in any case, or jumps
/// to itself where a second processor sends the event and needs a moment.
/// </summary>
/// <param name="Name">The rule.</param>
/// <param name="Section">Where the SDM says so.</param>
/// <param name="Needed">Controls beyond those of <see cref="LongModeGuest"/>.</param>
/// <param name="Prepare">What the guest-state area has of its own.</param>
/// <param name="Pending">The events.</param>
/// <param name="Expected">The VM exit.</param>
public sealed record EventScenario(
    string Name,
    string Section,
    VmxControlSet Needed,
    Action<Vmcs<CurrentVmcs>> Prepare,
    VmxEvent[] Pending,
    EventExit Expected
)
{
    private static ReadOnlySpan<byte> JumpToItself => [0xEB, 0xFE];

    /// <summary>Whether only a second processor can send the events.</summary>
    public bool NeedsSecondProcessor => Array.Exists(Pending, static one => one.Kind != VmxEventKind.ExternalInterrupt);

    /// <summary>Runs it on a processor, of which nothing is pending afterwards.</summary>
    public EventExit Run(VmxRig rig)
    {
        rig.Prepare(VmxStage.Programmed);
        LongModeGuest.Require(rig, Needed);
        if (NeedsSecondProcessor)
            rig.Processor.Memory.Write(rig.Code, JumpToItself);
        var vmcs = rig.Vmcs;
        Prepare(vmcs);
        foreach (var pending in Pending)
            rig.Processor.Pend(pending);
        var outcome = rig.Launch();
        while (rig.Processor.TryAcknowledgeInterrupt(out _))
        {
            // What the VM exit did not acknowledge must not reach the next guest.
        }
        var exit = VmExit.Read(rig.Vmcs);
        if (outcome != VmxOutcome.Exit(exit.BasicReason))
            throw new VmxCaseException($"{Name}: {outcome}");
        return new EventExit(exit.BasicReason, exit.Qualification, exit.Interruption.Value, (ulong)rig.Vmcs.GuestRip - rig.Code)
        {
            Activity = rig.Vmcs.GuestActivityState,
        };
    }

    public override string ToString() => Name;
}
