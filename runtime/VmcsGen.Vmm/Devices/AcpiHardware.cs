using System;
using System.Buffers.Binary;
using System.Threading;

namespace VmcsGen.Vmm;

/// <summary>
/// The fixed hardware of ACPI that <c>FADT</c> tells of: the power-management timer, power-off, and the power button.
/// Source: ACPI Specification 6.5, 4.8.
/// </summary>
public sealed class AcpiHardware : IStatefulDevice
{
    /// <summary>Its first port.</summary>
    public const ushort FirstPort = AcpiPorts.Events;

    /// <summary>Number of its ports.</summary>
    public const int PortCount = AcpiPorts.Timer + AcpiPorts.TimerLength - AcpiPorts.Events;

    /// <summary>What the timer counts in a second.</summary>
    public const long TimerFrequency = 3_579_545;

    private const ushort PowerButton = 0x100;
    private const ushort Enabled = 0x1;
    private const ushort SleepEnable = 0x2000;
    private const ushort Kept = 0x1C01;

    private readonly Action<MachineEnd> _end;
    private readonly IInterruptLine? _line;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private AcpiState _state = new() { Control = Enabled };
    private long _timerStart;
    private bool _isRaised;

    /// <summary>Creates the hardware.</summary>
    /// <param name="end">Called when the guest turns the machine off, on the thread of the vCPU that does.</param>
    /// <param name="line">The line of ACPI's interrupt, 9.</param>
    /// <param name="time">Where the timer's time comes from; null for the host's clock.</param>
    public AcpiHardware(Action<MachineEnd> end, IInterruptLine? line = null, TimeProvider? time = null)
    {
        _end = end ?? throw new ArgumentNullException(nameof(end));
        _line = line;
        _time = time ?? TimeProvider.System;
        _timerStart = _time.GetTimestamp();
    }

    /// <summary>Presses the power button: a guest that listens shuts down.</summary>
    public void PressPowerButton()
    {
        lock (_gate)
        {
            _state.Status |= PowerButton;
            UpdateLine();
        }
    }

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data)
    {
        Span<byte> registers = stackalloc byte[PortCount + 8];
        registers.Clear();
        lock (_gate)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(registers, _state.Status);
            BinaryPrimitives.WriteUInt16LittleEndian(registers[2..], _state.Enabled);
            BinaryPrimitives.WriteUInt16LittleEndian(registers[(AcpiPorts.Control - FirstPort)..], _state.Control);
            BinaryPrimitives.WriteUInt32LittleEndian(registers[(AcpiPorts.Timer - FirstPort)..], Timer);
        }
        registers.Slice((int)offset, data.Length).CopyTo(data);
    }

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        var isPowerOff = false;
        lock (_gate)
        {
            for (var i = 0; i < data.Length; i++)
                isPowerOff |= WriteByte((int)offset + i, data[i]);
            UpdateLine();
        }
        if (isPowerOff)
            _end(new(MachineEndReason.PowerOff));
    }

    /// <inheritdoc/>
    public byte[] SaveState()
    {
        lock (_gate)
            return DeviceState.ToBytes(_state with { Timer = Timer });
    }

    /// <inheritdoc/>
    public void RestoreState(ReadOnlySpan<byte> state)
    {
        var restored = DeviceState.FromBytes<AcpiState>(state);
        lock (_gate)
        {
            _state = restored;
            _timerStart = _time.GetTimestamp();
            UpdateLine();
        }
    }

    /// <summary>What messages call it.</summary>
    public override string ToString() => "ACPI hardware";

    private uint Timer =>
        unchecked(_state.Timer + (uint)(Int128)((Int128)(_time.GetTimestamp() - _timerStart) * TimerFrequency / _time.TimestampFrequency));

    /// <summary>Writes a byte of a register; true if the guest turns the machine off with it.</summary>
    private bool WriteByte(int offset, byte value)
    {
        var shift = offset % 2 * 8;
        var bits = (ushort)(value << shift);
        var mask = (ushort)(0xFF << shift);
        switch (offset / 2)
        {
            case 0:
                _state.Status &= (ushort)~bits; // Ones clear what happened.
                break;
            case 1:
                _state.Enabled = (ushort)((_state.Enabled & ~mask) | bits);
                break;
            case (AcpiPorts.Control - FirstPort) / 2:
                _state.Control = (ushort)((((_state.Control & ~mask) | bits) & Kept) | Enabled);
                return (bits & SleepEnable) != 0 && (_state.Control >> 10 & 7) == AcpiPorts.PowerOffType;
        }
        return false;
    }

    private void UpdateLine()
    {
        var isRaised = (_state.Status & _state.Enabled) != 0;
        if (isRaised == _isRaised)
            return;
        _isRaised = isRaised;
        _line?.SetLevel(isRaised);
    }
}
