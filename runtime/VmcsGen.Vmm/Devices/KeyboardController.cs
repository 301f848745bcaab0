using System;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>What is left of the PC's keyboard controller, at ports 0x60 and 0x64: it resets the machine by command 0xFE.</summary>
/// <param name="end">Called for a reset, on the thread of the vCPU that asks for it.</param>
public sealed class KeyboardController(Action<MachineEnd> end) : IBusDevice
{
    /// <summary>The port of its data.</summary>
    public const ushort DataPort = 0x60;

    /// <summary>The port of its status and commands.</summary>
    public const ushort CommandPort = 0x64;

    private const byte PulseReset = 0xFE;

    private readonly Action<MachineEnd> _end = end ?? throw new ArgumentNullException(nameof(end));

    /// <summary>Nothing waits to be read, and it takes commands.</summary>
    /// <param name="offset">Where.</param>
    /// <param name="data">Becomes 0.</param>
    public void Read(ulong offset, Span<byte> data) => data.Clear();

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (offset == CommandPort - DataPort && data[0] == PulseReset)
            _end(new(MachineEndReason.Reset));
    }

    /// <summary>What messages call it.</summary>
    public override string ToString() => "keyboard controller";
}
