using System;
using System.Collections.Generic;
using System.Threading;
using VmcsGen.Kvm;
using VmcsGen.Vmm.Tests.Testing;
using Xunit;

namespace VmcsGen.Vmm.Tests.Devices;

/// <summary>Interrupts of the clock. Source: Motorola MC146818A data sheet, table 5 and the registers A to C.</summary>
public sealed class CmosClockInterruptTests : IDisposable
{
    private const byte Periodic = 0x40;
    private const byte Alarm = 0x20;
    private const byte Update = 0x10;
    private const byte Requested = 0x80;
    private const byte Hours24 = 0x02;
    private const byte Binary = 0x04;

    private readonly TestTime _time = new(new DateTimeOffset(2031, 12, 31, 23, 59, 58, TimeSpan.Zero));
    private readonly TestLine _line = new();
    private readonly AddressBus _ports = new(BusAddressSpace.Ports);
    private readonly CmosClock _clock;

    public CmosClockInterruptTests()
    {
        _clock = new(time: _time, line: _line);
        _ports.Add(CmosClock.FirstPort, CmosClock.PortCount, _clock);
        this[0xA] = 0x20; // No periodic interrupt.
    }

    private byte this[byte register]
    {
        get
        {
            Span<byte> value = stackalloc byte[1];
            _ports.Write(0x70, [register]);
            _ports.Read(0x71, value);
            return value[0];
        }
        set
        {
            _ports.Write(0x70, [register]);
            _ports.Write(0x71, [value]);
        }
    }

    [Fact]
    public void Each_second_interrupts_once_until_the_guest_has_read_why()
    {
        this[0xB] = Hours24 | Update;
        _time.Pass(TimeSpan.FromMilliseconds(999));
        Assert.Empty(_line.Levels);
        _time.Pass(TimeSpan.FromMilliseconds(1));
        Assert.Equal([true], _line.Levels);
        _time.Pass(TimeSpan.FromSeconds(5));
        Assert.Equal([true], _line.Levels);
        Assert.Equal(Requested | Update, this[0xC] & ~Alarm); // Midnight was the alarm's time too.
        Assert.Equal([true, false], _line.Levels);
        Assert.Equal(0, this[0xC]);
        _time.Pass(TimeSpan.FromSeconds(1));
        Assert.Equal([true, false, true], _line.Levels);
    }

    [Fact]
    public void Alarm_interrupts_at_its_time_of_day()
    {
        SetAlarm(0x07, 0x30, 0x05);
        this[0xB] = Hours24 | Alarm;
        _time.Pass(new TimeSpan(5, 30, 8)); // It was two seconds before midnight.
        Assert.Empty(_line.Levels);
        _time.Pass(TimeSpan.FromSeconds(1));
        Assert.Equal([true], _line.Levels);
        Assert.Equal(Requested | Alarm | Update, this[0xC]);
        _time.Pass(TimeSpan.FromDays(1) - TimeSpan.FromSeconds(1));
        Assert.Equal([true, false], _line.Levels);
        _time.Pass(TimeSpan.FromSeconds(1));
        Assert.Equal([true, false, true], _line.Levels);
    }

    // Every second of two days, as the data sheet says when the alarm comes: codes from 0xC0 on are met by any time.
    [Theory]
    [InlineData(Hours24, 0x59, 0x59, 0x23)]
    [InlineData(Hours24, 0x00, 0x00, 0x00)]
    [InlineData(Hours24, 0x15, 0xC0, 0xFF)]
    [InlineData(Hours24, 0xFF, 0x07, 0xC5)]
    [InlineData(Hours24, 0xFF, 0xFF, 0x13)]
    [InlineData(Hours24, 0x3B, 0x59, 0x23)] // No BCD.
    [InlineData(Hours24, 0x00, 0x00, 0x24)]
    [InlineData(Hours24 | Binary, 0x3B, 0x3B, 0x17)]
    [InlineData(0, 0x01, 0x02, 0x92)] // Twelve at noon, and at night.
    [InlineData(0, 0x01, 0x02, 0x12)]
    [InlineData(Binary, 0x01, 0x02, 0x8B)]
    public void Alarm_is_met_when_its_three_registers_are(byte mode, byte second, byte minute, byte hour)
    {
        SetAlarm(second, minute, hour);
        this[0xB] = mode;
        for (var i = 0; i < 2 * 86_400; i++)
        {
            _time.Pass(TimeSpan.FromSeconds(1));
            var now = _time.GetUtcNow();
            var hourNow = (mode & Hours24) != 0 ? Code(now.Hour) : Code((now.Hour + 11) % 12 + 1) | (now.Hour >= 12 ? 0x80 : 0);
            var isMet = Meets(second, Code(now.Second)) && Meets(minute, Code(now.Minute)) && Meets(hour, hourNow);
            Assert.True((this[0xC] & Alarm) != 0 == isMet, $"At {now} the alarm is {(isMet ? "not met" : "met")}.");
        }

        int Code(int value) => (mode & Binary) != 0 ? value : value / 10 * 16 + value % 10;
        static bool Meets(byte register, int value) => register >= 0xC0 || register == value;
    }

    // Table 5: periods in units of 100 ns, with an oscillator of 32,768 Hz.
    [Theory]
    [InlineData(1, 39_062.5)]
    [InlineData(2, 78_125)]
    [InlineData(3, 1_220.70)]
    [InlineData(4, 2_441.41)]
    [InlineData(5, 4_882.81)]
    [InlineData(6, 9_765.62)]
    [InlineData(7, 19_531.25)]
    [InlineData(8, 39_062.5)]
    [InlineData(9, 78_125)]
    [InlineData(10, 156_250)]
    [InlineData(11, 312_500)]
    [InlineData(12, 625_000)]
    [InlineData(13, 1_250_000)]
    [InlineData(14, 2_500_000)]
    [InlineData(15, 5_000_000)]
    public void Periodic_flag_has_the_rate_of_register_A(byte rate, double period)
    {
        this[0xA] = (byte)(0x20 | rate);
        for (var i = 1; i <= 5; i++)
        {
            var next = (long)(i * period) - (_time.GetUtcNow().Ticks - StartTicks);
            _time.Pass(TimeSpan.FromTicks(next - 2));
            Assert.Equal(0, this[0xC] & Periodic);
            _time.Pass(TimeSpan.FromTicks(4));
            Assert.Equal(Periodic, this[0xC] & Periodic);
        }
    }

    [Fact]
    public void Periodic_interrupts_come_as_often_as_the_guest_reads_why()
    {
        this[0xA] = 0x2A; // 64 in a second.
        this[0xB] = Hours24 | Periodic;
        var count = 0;
        for (var i = 0; i < 2000; i++)
        {
            _time.Pass(TimeSpan.FromMilliseconds(1));
            if (_line.Levels is not [.., true])
                continue;
            Assert.Equal(Requested | Periodic, this[0xC] & (Requested | Periodic));
            count++;
        }
        Assert.Equal(128, count);
    }

    [Fact]
    public void Flags_are_there_for_guests_that_poll_and_interrupt_when_they_are_enabled()
    {
        _time.Pass(TimeSpan.FromSeconds(1));
        Assert.Equal(0, _time.Waiting); // Nobody needs to look.
        Assert.Empty(_line.Levels);
        this[0xB] = Hours24 | Update;
        Assert.Equal([true], _line.Levels);
        this[0xB] = Hours24;
        Assert.Equal([true, false], _line.Levels);
        Assert.Equal(Update, this[0xC]);
    }

    [Theory]
    [InlineData(0xB, 0x80 | Hours24 | Update | Alarm)] // SET
    [InlineData(0xA, 0x66)]
    [InlineData(0xA, 0x76)]
    public void Clock_that_is_set_or_whose_dividers_are_held_has_no_events(byte register, byte value)
    {
        SetAlarm(0xFF, 0xFF, 0xFF);
        this[0xB] = Hours24 | Update | Alarm | Periodic;
        this[register] = value;
        _time.Pass(TimeSpan.FromSeconds(10));
        Assert.Empty(_line.Levels);
        Assert.Equal(0, this[0xC]);
    }

    [Fact]
    public void Setting_the_clock_ends_the_interrupts_of_updates_and_is_none()
    {
        SetAlarm(0x00, 0x00, 0x12);
        this[0xB] = 0x80 | Hours24 | Update | Alarm;
        Assert.Equal(0x80 | Hours24 | Alarm, this[0xB]);
        (this[0], this[2], this[4]) = (0x30, 0x59, 0x12); // After the alarm's time.
        this[0xB] = Hours24 | Alarm;
        Assert.Equal(0, this[0xC]);
        Assert.Empty(_line.Levels);
        _time.Pass(new TimeSpan(23, 0, 30));
        Assert.Equal([true], _line.Levels);
    }

    [Fact]
    public void Snapshot_carries_what_was_not_read_and_the_alarm_that_comes_meanwhile()
    {
        this[0xB] = Hours24 | Update;
        _time.Pass(TimeSpan.FromSeconds(1));
        var raised = _clock.SaveState();
        Assert.NotEqual(0, this[0xC]);
        SetAlarm(0x00, 0x00, 0x06);
        this[0xB] = Hours24 | Alarm;
        Assert.Equal(0, this[0xC] & Alarm);
        var waiting = _clock.SaveState();
        Assert.Equal([true], Levels(raised));
        Assert.Empty(Levels(waiting));
        _time.Pass(TimeSpan.FromHours(7));
        Assert.Equal([true], Levels(waiting));

        List<bool> Levels(byte[] state)
        {
            TestLine line = new();
            using CmosClock other = new(time: _time, line: line);
            other.RestoreState(state);
            return line.Levels;
        }
    }

    [Fact]
    public void Loop_raises_the_line_and_not_while_it_is_paused()
    {
        using EventLoop loop = new();
        using CmosClock clock = new(time: _time, line: _line, loop: loop);
        loop.Start();
        clock.Write(0, [0xB]);
        clock.Write(1, [Hours24 | Update]);
        using (loop.Pause())
        {
            _time.Pass(TimeSpan.FromSeconds(1));
            Assert.Empty(_line.Levels);
        }
        Assert.True(SpinWait.SpinUntil(() => _line.Levels.Count == 1, TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void Host_time_makes_it_interrupt()
    {
        using ManualResetEventSlim raised = new();
        using CmosClock clock = new(line: new Bell(raised));
        clock.Write(0, [0xB]);
        clock.Write(1, [Hours24 | Update]);
        Assert.True(raised.Wait(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void Disposed_clock_interrupts_no_more()
    {
        this[0xB] = Hours24 | Update;
        Assert.Equal(1, _time.Waiting);
        _clock.Dispose();
        Assert.Equal(0, _time.Waiting);
        _time.Pass(TimeSpan.FromSeconds(3));
        this[0xB] = Hours24 | Update | Alarm;
        Assert.Equal(0, _time.Waiting);
        Assert.Empty(_line.Levels);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Clock_survives_random_accesses_and_states(int seed)
    {
        Random random = new(seed);
        for (var i = 0; i < 50_000; i++)
        {
            this[(byte)random.Next(16)] = (byte)random.Next(256);
            _ = this[(byte)random.Next(16)];
            if (random.Next(10) == 0)
                _time.Pass(TimeSpan.FromTicks(random.NextInt64(TimeSpan.TicksPerMinute)));
            if (random.Next(100) != 0)
                continue;
            var state = _clock.SaveState();
            random.NextBytes(state.AsSpan(0, 16)); // The times.
            _clock.RestoreState(state);
        }
        Assert.Equal(0x80, this[0xD]);
    }

    public void Dispose() => _clock.Dispose();

    private static long StartTicks => new DateTime(2031, 12, 31, 23, 59, 58, DateTimeKind.Utc).Ticks;

    private void SetAlarm(byte second, byte minute, byte hour) => (this[1], this[3], this[5]) = (second, minute, hour);

    /// <summary>A line that tells when it is raised.</summary>
    private sealed class Bell(ManualResetEventSlim raised) : IInterruptLine
    {
        public void SetLevel(bool isRaised) => raised.Set();
    }
}
