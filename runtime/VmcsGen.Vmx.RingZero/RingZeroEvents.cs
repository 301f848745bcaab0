using System;

namespace VmcsGen.Vmx.RingZero;

/// <summary>Sends events to the agent's processor, by its local APIC and by a second processor (SDM 3A 12.6.1).</summary>
/// <param name="cpu">The processor.</param>
internal sealed class RingZeroEvents(RingZeroCpu cpu)
{
    /// <summary>In the place of a vector: there is none.</summary>
    internal const ushort NoInterrupt = 0xFFFF;

    // Delivery modes of an interrupt command, with the level asserted; the destination is a register of its own.
    private const uint Assert = 1 << 14;
    private const uint NmiMode = 4 << 8;
    private const uint InitMode = 5 << 8;
    private const uint StartUpMode = 6 << 8;
    private const uint ModeBits = 7 << 8;

    private VmxEvent? _armed;

    /// <summary>How many processors the machine has whose local APICs the agent can use; 0 where that is not known.</summary>
    internal int Processors { get; set; }

    /// <summary>Whether an interrupt command is an INIT signal.</summary>
    internal static bool IsInit(uint interruptCommand) => (interruptCommand & ModeBits) == InitMode;

    /// <summary>An interrupt command in words.</summary>
    internal static string Describe(uint interruptCommand) =>
        (interruptCommand & ModeBits) switch
        {
            NmiMode => VmxEvent.Nmi.ToString(),
            InitMode => VmxEvent.Init.ToString(),
            _ => VmxEvent.Sipi((byte)interruptCommand).ToString(),
        };

    internal void Pend(VmxEvent pending)
    {
        if (Processors == 0)
            throw new NotSupportedException(
                $"This machine has no local APIC for the ring-0 agent, which therefore cannot send: {pending}."
            );
        var batch = cpu.CreateBatch();
        if (pending.Kind == VmxEventKind.ExternalInterrupt)
        {
            batch.PendInterrupt(pending.Vector);
            batch.Execute();
            return;
        }
        if (Processors == 1)
        {
            throw new NotSupportedException(
                $"A processor cannot send itself: {pending}. Start the machine with a second processor, which does (BochsMachine.Start, processors: 2)."
            );
        }
        if (_armed is { } armed)
            throw new NotSupportedException(
                $"The next VM entry is followed by: {armed}. The second processor sends one event an entry, and no {pending} as well."
            );
        if (pending.Kind == VmxEventKind.Init && !IsInVmxOperation())
            throw new InvalidOperationException(
                "INIT resets a processor that is not in VMX operation, and its program with it. Execute VMXON first."
            );
        batch.ArmEvent(Command(pending));
        batch.Execute();
        _armed = pending;
    }

    internal bool TryAcknowledge(out byte vector)
    {
        if (Processors == 0)
            throw new NotSupportedException("This machine has no local APIC for the ring-0 agent.");
        var batch = cpu.CreateBatch();
        var taken = batch.AcknowledgeInterrupt();
        batch.Execute();
        vector = (byte)taken.Value;
        return taken.Value != NoInterrupt;
    }

    /// <summary>Takes note of a command that is sent: what was armed goes with a VM entry.</summary>
    internal void Note(AgentCommand command)
    {
        if (command is AgentCommand.Vmlaunch or AgentCommand.Vmresume or AgentCommand.Enter)
            _armed = null;
    }

    private static uint Command(VmxEvent pending) =>
        Assert
        | pending.Kind switch
        {
            VmxEventKind.Nmi => NmiMode,
            VmxEventKind.Init => InitMode,
            _ => StartUpMode | pending.Vector,
        };

    // VMPTRST tells: it raises #UD outside.
    private bool IsInVmxOperation()
    {
        try
        {
            cpu.Vmptrst(out _);
            return true;
        }
        catch (ProcessorFaultException fault) when (fault.Vector == ExceptionVector.InvalidOpcode)
        {
            return false;
        }
    }
}
