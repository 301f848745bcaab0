using System;
using System.IO;
using System.Threading;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>
/// A serial port with the registers and interrupts of the 16550A. What the guest sends goes to a stream at once; what is received waits in
/// its FIFO of 16 bytes. Source: National Semiconductor PC16550D data sheet.
/// </summary>
public sealed class SerialPort : IStatefulDevice
{
    /// <summary>Number of its ports.</summary>
    public const int PortCount = 8;

    /// <summary>Bytes of its FIFO.</summary>
    public const int FifoSize = 16;

    private const byte ReceiveEnable = 0x1;
    private const byte TransmitEnable = 0x2;
    private const byte LineStatusEnable = 0x4;
    private const byte NoInterrupt = 0x1;
    private const byte TransmitInterrupt = 0x2;
    private const byte ReceiveInterrupt = 0x4;
    private const byte LineStatusInterrupt = 0x6;
    private const byte TimeoutInterrupt = 0xC;
    private const byte FifosOn = 0xC0;
    private const byte FifoEnable = 0x1;
    private const byte FifoClearReceiver = 0x2;
    private const byte FifoKept = 0xC9;
    private const byte DivisorAccess = 0x80;
    private const byte ModemLoop = 0x10;
    private const byte ModemOut2 = 0x8;
    private const byte ModemKept = 0x1F;
    private const byte DataReady = 0x1;
    private const byte Overrun = 0x2;
    private const byte TransmitterEmpty = 0x60;
    private const byte CarrierDsrCts = 0xB0;

    private readonly Stream _output;
    private readonly IInterruptLine? _line;
    private readonly object _gate = new();
    private SerialState _state = new() { Divisor = 12, ModemControl = ModemOut2 };
    private bool _isRaised;

    /// <summary>Creates a port.</summary>
    /// <param name="output">Where what the guest sends goes; the port writes byte by byte and does not close it.</param>
    /// <param name="line">Its interrupt line: 4 for the first port of a PC. Without one the guest has to poll.</param>
    public SerialPort(Stream output, IInterruptLine? line = null)
    {
        _output = output ?? throw new ArgumentNullException(nameof(output));
        _line = line;
    }

    /// <summary>Called when the guest has read all that was received, under the port's lock.</summary>
    internal Action? Drained { get; set; }

    /// <summary>Receives bytes; the guest is told by an interrupt. Waits while the FIFO is full.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="cancellationToken">Ends the wait; what was received by then stays received.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public void Receive(ReadOnlySpan<byte> bytes, CancellationToken cancellationToken = default)
    {
        using var registration = cancellationToken.UnsafeRegister(static port => ((SerialPort)port!).Wake(), this);
        while (true)
        {
            bytes = bytes[TryReceive(bytes)..];
            if (bytes.IsEmpty)
                return;
            lock (_gate)
            {
                while (_state.ReceivedCount >= FifoSize)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    Monitor.Wait(_gate);
                }
            }
        }
    }

    /// <summary>Receives as many bytes as there is room for.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <returns>How many were received.</returns>
    public int TryReceive(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            var count = Math.Min(bytes.Length, FifoSize - _state.ReceivedCount);
            foreach (var value in bytes[..count])
                Put(value);
            UpdateLine();
            return count;
        }
    }

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data)
    {
        lock (_gate)
        {
            data.Clear();
            data[0] = ReadRegister((int)offset);
            UpdateLine();
        }
    }

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        lock (_gate)
        {
            WriteRegister((int)offset, data[0]);
            UpdateLine();
        }
    }

    /// <inheritdoc/>
    public byte[] SaveState()
    {
        lock (_gate)
            return DeviceState.ToBytes(_state);
    }

    /// <inheritdoc/>
    public void RestoreState(ReadOnlySpan<byte> state)
    {
        var restored = DeviceState.FromBytes<SerialState>(state);
        if (restored.ReceivedCount > FifoSize)
            throw new ArgumentException($"The FIFO holds {FifoSize} bytes, not {restored.ReceivedCount}.", nameof(state));
        lock (_gate)
        {
            _state = restored;
            UpdateLine();
        }
    }

    /// <summary>What messages call it.</summary>
    public override string ToString() => "serial port";

    private bool IsDivisorSelected => (_state.LineControl & DivisorAccess) != 0;

    private byte ReadRegister(int register)
    {
        switch (register)
        {
            case 0 when IsDivisorSelected:
                return (byte)_state.Divisor;
            case 0:
                return Take();
            case 1 when IsDivisorSelected:
                return (byte)(_state.Divisor >> 8);
            case 1:
                return _state.InterruptEnable;
            case 2:
                var cause = Cause;
                if (cause == TransmitInterrupt)
                    _state.TransmitterInterrupt = 0;
                return (byte)(cause | ((_state.FifoControl & FifoEnable) != 0 ? FifosOn : 0));
            case 3:
                return _state.LineControl;
            case 4:
                return _state.ModemControl;
            case 5:
                var status = (byte)(TransmitterEmpty | (_state.ReceivedCount > 0 ? DataReady : 0) | (_state.Overrun != 0 ? Overrun : 0));
                _state.Overrun = 0;
                return status;
            case 6:
                return ModemStatus;
            case 7:
                return _state.Scratch;
            default:
                return 0xFF;
        }
    }

    private void WriteRegister(int register, byte value)
    {
        switch (register)
        {
            case 0 when IsDivisorSelected:
                _state.Divisor = (ushort)((_state.Divisor & 0xFF00) | value);
                break;
            case 0:
                _state.TransmitterInterrupt = 0;
                UpdateLine();
                Send(value);
                _state.TransmitterInterrupt = 1;
                break;
            case 1 when IsDivisorSelected:
                _state.Divisor = (ushort)((_state.Divisor & 0xFF) | value << 8);
                break;
            case 1:
                if ((value & TransmitEnable) != 0 && (_state.InterruptEnable & TransmitEnable) == 0)
                    _state.TransmitterInterrupt = 1; // The transmitter is empty, and says so as soon as it may.
                _state.InterruptEnable = (byte)(value & 0xF);
                break;
            case 2:
                if ((value & FifoClearReceiver) != 0 || ((value ^ _state.FifoControl) & FifoEnable) != 0)
                    Clear();
                _state.FifoControl = (byte)(value & FifoKept);
                break;
            case 3:
                _state.LineControl = value;
                break;
            case 4:
                _state.ModemControl = (byte)(value & ModemKept);
                break;
            case 7:
                _state.Scratch = value;
                break;
        }
    }

    private void Send(byte value)
    {
        if ((_state.ModemControl & ModemLoop) != 0)
            Put(value);
        else
            _output.Write([value]);
    }

    private void Put(byte value)
    {
        if (_state.ReceivedCount >= FifoSize)
            _state.Overrun = 1;
        else
            _state.Received[_state.ReceivedCount++] = value;
    }

    private byte Take()
    {
        if (_state.ReceivedCount == 0)
            return 0;
        Span<byte> received = _state.Received;
        var value = received[0];
        received[1..].CopyTo(received);
        _state.ReceivedCount--;
        NoteRoom();
        return value;
    }

    private void Clear()
    {
        _state.ReceivedCount = 0;
        NoteRoom();
    }

    private void NoteRoom()
    {
        Monitor.PulseAll(_gate);
        if (_state.ReceivedCount == 0)
            Drained?.Invoke();
    }

    private void Wake()
    {
        lock (_gate)
            Monitor.PulseAll(_gate);
    }

    // In the loop the outputs lead to the inputs: RTS to CTS, DTR to DSR, OUT1 to RI, OUT2 to DCD.
    private byte ModemStatus
    {
        get
        {
            var control = _state.ModemControl;
            return (control & ModemLoop) == 0
                ? CarrierDsrCts
                : (byte)((control & 0x2) << 3 | (control & 0x1) << 5 | (control & 0x4) << 4 | (control & 0x8) << 4);
        }
    }

    private int Trigger =>
        (_state.FifoControl & FifoEnable) == 0
            ? 1
            : (_state.FifoControl >> 6) switch
            {
                0 => 1,
                1 => 4,
                2 => 8,
                _ => 14,
            };

    /// <summary>The reason for an interrupt of the highest priority.</summary>
    private byte Cause
    {
        get
        {
            var enabled = _state.InterruptEnable;
            if ((enabled & LineStatusEnable) != 0 && _state.Overrun != 0)
                return LineStatusInterrupt;
            if ((enabled & ReceiveEnable) != 0 && _state.ReceivedCount > 0)
                return _state.ReceivedCount >= Trigger ? ReceiveInterrupt : TimeoutInterrupt;
            return (enabled & TransmitEnable) != 0 && _state.TransmitterInterrupt != 0 ? TransmitInterrupt : NoInterrupt;
        }
    }

    /// <summary>Sets the line, which on PCs leads through a gate that OUT2 opens.</summary>
    private void UpdateLine()
    {
        var isRaised = Cause != NoInterrupt && (_state.ModemControl & (ModemOut2 | ModemLoop)) == ModemOut2;
        if (isRaised == _isRaised)
            return;
        _isRaised = isRaised;
        _line?.SetLevel(isRaised);
    }
}
