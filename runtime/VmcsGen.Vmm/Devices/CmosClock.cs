using System;
using System.Threading;

namespace VmcsGen.Vmm;

/// <summary>
/// The clock of a PC and its memory, at ports 0x70 and 0x71. It tells the host's time in UTC until the guest sets another, and interrupts
/// periodically, by its alarm and by each second. Source: Motorola MC146818A data sheet.
/// </summary>
[MustDispose]
public sealed partial class CmosClock : IStatefulDevice, IDisposable
{
    /// <summary>Its first port.</summary>
    public const ushort FirstPort = 0x70;

    /// <summary>Number of its ports.</summary>
    public const int PortCount = 2;

    /// <summary>The line of its interrupt.</summary>
    public const uint Line = 8;

    private const byte RegisterA = 0xA;
    private const byte RegisterB = 0xB;
    private const byte RegisterC = 0xC;
    private const byte RegisterD = 0xD;
    private const byte Rate = 0x26; // An oscillator of 32768 Hz.
    private const byte Hours24 = 0x2;
    private const byte Binary = 0x4;
    private const byte Setting = 0x80;
    private const byte IsPm = 0x80;
    private const byte Valid = 0x80;

    private readonly TimeProvider _time;
    private readonly IInterruptLine? _line;
    private readonly EventLoop? _loop;
    private readonly Action _look;
    private readonly Lock _gate = new();
    private CmosState _state;

    /// <summary>Creates a clock.</summary>
    /// <param name="memoryBelow4G">Bytes of the guest's memory below 4 GiB, which a BIOS would have counted.</param>
    /// <param name="memoryAbove4G">Bytes above.</param>
    /// <param name="time">Where the time comes from; null for the host's clock.</param>
    /// <param name="line">Its interrupt line; null for a clock that does not interrupt. Dispose of the clock before the line.</param>
    /// <param name="loop">What raises the line when it is time; null for a thread of the pool.</param>
    public CmosClock(
        ulong memoryBelow4G = 0,
        ulong memoryAbove4G = 0,
        TimeProvider? time = null,
        IInterruptLine? line = null,
        EventLoop? loop = null
    )
    {
        _time = time ?? TimeProvider.System;
        _line = line;
        _loop = loop;
        _look = Look;
        _state.Memory[RegisterA] = Rate;
        _state.Memory[RegisterB] = Hours24;
        _state.Memory[RegisterD] = Valid;
        const ulong kib = 1 << 10;
        const ulong block = 64 * kib;
        Store(0x15, 640, 2);
        var extended = Math.Min(Math.Max(memoryBelow4G, 1 << 20) - (1 << 20), 0xFFFF * kib) / kib;
        Store(0x17, extended, 2);
        Store(0x30, extended, 2);
        Store(0x34, (Math.Max(memoryBelow4G, 16 << 20) - (16 << 20)) / block, 2);
        Store(0x5B, memoryAbove4G / block, 3);
        _state.SeenTicks = Now.Ticks;
    }

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data)
    {
        data.Fill(0xFF);
        if (offset != 1)
            return;
        lock (_gate)
            data[0] = _state.Index == RegisterC ? ReadFlags() : ReadRegister(_state.Index);
    }

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        lock (_gate)
        {
            if (offset == 0)
            {
                _state.Index = (byte)(data[0] & 0x7F); // The highest bit masks NMIs, of which there are none.
                return;
            }
            NoteEvents();
            WriteRegister(_state.Index, data[0]);
            UpdateInterrupt();
        }
    }

    /// <inheritdoc/>
    public byte[] SaveState()
    {
        lock (_gate)
        {
            NoteEvents();
            return DeviceState.ToBytes(_state);
        }
    }

    /// <inheritdoc/>
    public void RestoreState(ReadOnlySpan<byte> state)
    {
        var restored = DeviceState.FromBytes<CmosState>(state);
        restored.Index &= 0x7F;
        restored.SeenTicks = Math.Clamp(restored.SeenTicks, DateTime.MinValue.Ticks, DateTime.MaxValue.Ticks);
        lock (_gate)
        {
            // The time has gone on since it was saved, and the alarm may have come.
            _state = restored;
            NoteEvents();
            UpdateInterrupt();
        }
    }

    /// <summary>What messages call it.</summary>
    public override string ToString() => "CMOS clock";

    private DateTime Now
    {
        get
        {
            var now = _time.GetUtcNow().UtcDateTime;
            // A guest may have set any time; beyond what a date can be it stands still.
            return new(
                Math.Clamp(unchecked(now.Ticks + _state.OffsetTicks), DateTime.MinValue.Ticks, DateTime.MaxValue.Ticks),
                DateTimeKind.Utc
            );
        }
    }

    private bool IsBinary => (_state.Memory[RegisterB] & Binary) != 0;

    // Time registers hold what the guest wrote while it sets the clock, and the time otherwise.
    private byte ReadRegister(byte register)
    {
        var stored = _state.Memory[register];
        if ((_state.Memory[RegisterB] & Setting) != 0)
            return stored;
        var now = Now;
        return register switch
        {
            0 => Encoded(now.Second),
            2 => Encoded(now.Minute),
            4 => EncodedHour(now.Hour),
            6 => Encoded((int)now.DayOfWeek + 1),
            7 => Encoded(now.Day),
            8 => Encoded(now.Month),
            9 => Encoded(now.Year % 100),
            AcpiPorts.CenturyRegister => Encoded(now.Year / 100),
            _ => stored,
        };
    }

    private void WriteRegister(byte register, byte value)
    {
        switch (register)
        {
            case RegisterA:
                _state.Memory[RegisterA] = (byte)(value & 0x7F);
                break;
            case RegisterB:
                var wasSetting = (_state.Memory[RegisterB] & Setting) != 0;
                var isSetting = (value & Setting) != 0;
                if (isSetting && !wasSetting)
                    KeepTime();
                _state.Memory[RegisterB] = isSetting ? (byte)(value & ~UpdateFlag) : value;
                if (wasSetting && !isSetting)
                    SetTime();
                break;
            case RegisterC or RegisterD:
                break;
            case 0 or 2 or 4 or 6 or 7 or 8 or 9 or AcpiPorts.CenturyRegister when (_state.Memory[RegisterB] & Setting) == 0:
                KeepTime();
                _state.Memory[register] = value;
                SetTime();
                break;
            default:
                _state.Memory[register] = value;
                break;
        }
    }

    private void KeepTime()
    {
        ReadOnlySpan<byte> registers = [0, 2, 4, 6, 7, 8, 9, AcpiPorts.CenturyRegister];
        foreach (var register in registers)
            _state.Memory[register] = ReadRegister(register);
    }

    // What is no date leaves the time as it is.
    private void SetTime()
    {
        Span<byte> memory = _state.Memory;
        var year = Decoded(memory[AcpiPorts.CenturyRegister]) * 100 + Decoded(memory[9]);
        int month = Decoded(memory[8]),
            day = Decoded(memory[7]),
            hour = DecodedHour(memory[4]),
            minute = Decoded(memory[2]),
            second = Decoded(memory[0]);
        if (year is < 1 or > 9999 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
            return;
        if (hour > 23 || minute > 59 || second > 59)
            return;
        var set = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc);
        _state.OffsetTicks = set.Ticks - _time.GetUtcNow().UtcDateTime.Ticks;
        _state.SeenTicks = set.Ticks;
    }

    private byte Encoded(int value) => (byte)(IsBinary ? value : value / 10 << 4 | value % 10);

    private int Decoded(byte value) => IsBinary ? value : (value >> 4) * 10 + (value & 0xF);

    private byte EncodedHour(int hour)
    {
        if ((_state.Memory[RegisterB] & Hours24) != 0)
            return Encoded(hour);
        return (byte)(Encoded(hour % 12 == 0 ? 12 : hour % 12) | (hour >= 12 ? IsPm : 0));
    }

    private int DecodedHour(byte value)
    {
        if ((_state.Memory[RegisterB] & Hours24) != 0)
            return Decoded(value);
        return Decoded((byte)(value & 0x7F)) % 12 + ((value & IsPm) != 0 ? 12 : 0);
    }

    private void Store(int register, ulong value, int length)
    {
        for (var i = 0; i < length; i++)
            _state.Memory[register + i] = (byte)(value >> (8 * i));
    }
}
