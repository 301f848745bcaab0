using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Kvm;
using VmcsGen.Vmm.Tests.Testing;
using Xunit;

namespace VmcsGen.Vmm.Tests.Devices;

/// <summary>Clock, ACPI hardware and what ends a machine, by their manuals.</summary>
public class PcDevicesTests
{
    private readonly TestTime _time = new(new DateTimeOffset(2031, 12, 31, 23, 59, 58, TimeSpan.Zero));
    private readonly List<MachineEnd> _ends = [];
    private readonly AddressBus _ports = new(BusAddressSpace.Ports);

    [Fact]
    public void Clock_tells_the_time_in_BCD()
    {
        AddClock();
        Assert.Equal("20311231235958", Time());
        _time.Pass(TimeSpan.FromSeconds(2));
        Assert.Equal("20320101000000", Time());
        Assert.Equal(5, Cmos(6)); // 1 January 2032 is a Thursday, the fifth day.
        Assert.Equal(0x80, Cmos(0xD));
        Assert.Equal(0, Cmos(0xA) & 0x80);
    }

    [Fact]
    public void Clock_has_binary_numbers_and_halves_of_the_day()
    {
        AddClock();
        SetCmos(0xB, 0x06);
        Assert.Equal((58, 59, 23), (Cmos(0), Cmos(2), Cmos(4)));
        SetCmos(0xB, 0x04);
        Assert.Equal(11 | 0x80, Cmos(4));
        _time.Pass(TimeSpan.FromHours(1));
        Assert.Equal(12, Cmos(4)); // Twelve at night.
    }

    [Fact]
    public void Guest_sets_the_clock_and_a_snapshot_carries_it()
    {
        var clock = AddClock();
        SetCmos(0xB, 0x82);
        Assert.Equal(0x80, Cmos(0xD));
        foreach (
            var (register, value) in (ReadOnlySpan<(byte, byte)>)
                [(0, 0x01), (2, 0x02), (4, 0x03), (7, 0x29), (8, 0x02), (9, 0x24), (0x32, 0x20)]
        )
            SetCmos(register, value);
        SetCmos(0xB, 0x02);
        Assert.Equal("20240229030201", Time());
        _time.Pass(TimeSpan.FromDays(1));
        Assert.Equal("20240301030201", Time());

        CmosClock other = new(time: _time);
        other.RestoreState(clock.SaveState());
        Assert.Equal(clock.SaveState(), other.SaveState());
        Assert.Throws<ArgumentException>(() => other.RestoreState([]));
        // What is no date changes nothing.
        SetCmos(8, 0x99);
        Assert.Equal("20240301030201", Time());
    }

    [Fact]
    public void Clock_holds_the_sizes_of_memory_and_the_guests_bytes()
    {
        AddClock(memoryBelow4G: 0xC000_0000, memoryAbove4G: 5UL << 30);
        Assert.Equal((int)((0xC000_0000 - (16 << 20)) / 0x1_0000), Cmos(0x34) | Cmos(0x35) << 8);
        Assert.Equal(5 << 14, Cmos(0x5B) | Cmos(0x5C) << 8 | Cmos(0x5D) << 16);
        SetCmos(0x7F, 0xAB);
        Assert.Equal(0xAB, Cmos(0xFF)); // The highest bit is for NMIs.
    }

    [Fact]
    public void Timer_counts_3579545_a_second_and_goes_on_after_a_restore()
    {
        var acpi = AddAcpi();
        var start = Port(0x608, 4);
        _time.Pass(TimeSpan.FromSeconds(2));
        Assert.Equal(2u * 3_579_545, unchecked(Port(0x608, 4) - start));
        _time.Pass(TimeSpan.FromHours(1)); // More than 32 bits hold.
        var state = acpi.SaveState();
        var saved = Port(0x608, 4);
        AcpiHardware other = new(_ends.Add, time: _time);
        _time.Pass(TimeSpan.FromSeconds(5));
        other.RestoreState(state);
        Span<byte> timer = stackalloc byte[4];
        other.Read(8, timer);
        Assert.Equal(saved, BitConverter.ToUInt32(timer));
    }

    [Fact]
    public void Sleep_type_5_turns_the_machine_off_and_others_do_not()
    {
        AddAcpi();
        Assert.Equal(1u, Port(0x604, 2)); // ACPI is on.
        SetPort(0x604, 2, 0x2000 | 1 << 10);
        SetPort(0x604, 2, 5 << 10);
        Assert.Empty(_ends);
        SetPort(0x604, 2, 0x2000 | 5 << 10);
        Assert.Equal(new MachineEnd(MachineEndReason.PowerOff), Assert.Single(_ends));
    }

    [Fact]
    public void Power_button_interrupts_when_it_is_enabled_until_the_guest_has_seen_it()
    {
        TestLine line = new();
        AcpiHardware acpi = new(_ends.Add, line, _time);
        _ports.Add(AcpiHardware.FirstPort, AcpiHardware.PortCount, acpi);
        acpi.PressPowerButton();
        Assert.Empty(line.Levels);
        SetPort(0x602, 2, 0x100);
        Assert.Equal([true], line.Levels);
        Assert.Equal(0x100u, Port(0x600, 2));
        SetPort(0x600, 2, 0x100);
        Assert.Equal([true, false], line.Levels);
        Assert.Equal(0u, Port(0x600, 2));
    }

    [Fact]
    public void Machine_is_reset_by_port_CF9_and_by_the_keyboard_controller()
    {
        PciHost pci = new(_ends.Add);
        KeyboardController keyboard = new(_ends.Add);
        _ports.Add(PciHost.FirstPort, PciHost.PortCount, pci);
        _ports.Add(KeyboardController.DataPort, 5, keyboard);
        SetPort(0xCF9, 1, 2);
        Assert.Equal(0u, Port(0x64, 1));
        SetPort(0x60, 1, 0xFE);
        SetPort(0x64, 1, 0xD1);
        Assert.Empty(_ends);
        SetPort(0xCF9, 1, 6);
        SetPort(0x64, 1, 0xFE);
        Assert.Equal([new(MachineEndReason.Reset), new(MachineEndReason.Reset)], _ends);
    }

    [Fact]
    public void Debug_exit_has_the_code_that_QEMU_makes()
    {
        _ports.Add(DebugExitPort.FirstPort, DebugExitPort.PortCount, new DebugExitPort(_ends.Add));
        SetPort(0xF4, 1, 0);
        SetPort(0xF4, 4, 0x10);
        Assert.Equal([new(MachineEndReason.DebugExit, 1), new(MachineEndReason.DebugExit, 33)], _ends);
    }

    [Fact]
    public void PCI_host_has_a_host_bridge_and_nothing_else()
    {
        PciHost pci = new(_ends.Add);
        _ports.Add(PciHost.FirstPort, PciHost.PortCount, pci);
        // As Linux finds mechanism 1.
        SetPort(0xCF8, 4, 0x8000_0000);
        Assert.Equal(0x8000_0000, Port(0xCF8, 4));
        Assert.Equal(0x8086u, Port(0xCFC, 2));
        SetPort(0xCF8, 4, 0x8000_0008);
        Assert.Equal(0x0600u, Port(0xCFE, 2));
        SetPort(0xCF8, 4, 0x8000_0004);
        SetPort(0xCFC, 2, 7);
        Assert.Equal(7u, Port(0xCFC, 2));
        var state = pci.SaveState();
        SetPort(0xCF8, 4, 0x8000_0800); // Device 1.
        Assert.Equal(uint.MaxValue, Port(0xCFC, 4));
        SetPort(0xCF8, 4, 0);
        Assert.Equal(uint.MaxValue, Port(0xCFC, 4));
        pci.RestoreState(state);
        Assert.Equal(7u, Port(0xCFC, 2));
        Assert.Empty(_ends);
    }

    private CmosClock AddClock(ulong memoryBelow4G = 0, ulong memoryAbove4G = 0)
    {
        CmosClock clock = new(memoryBelow4G, memoryAbove4G, _time);
        _ports.Add(CmosClock.FirstPort, CmosClock.PortCount, clock);
        return clock;
    }

    private AcpiHardware AddAcpi()
    {
        AcpiHardware acpi = new(_ends.Add, time: _time);
        _ports.Add(AcpiHardware.FirstPort, AcpiHardware.PortCount, acpi);
        return acpi;
    }

    private string Time() => string.Concat(((byte[])[0x32, 9, 8, 7, 4, 2, 0]).Select(register => $"{Cmos(register):X2}"));

    private byte Cmos(byte register)
    {
        SetPort(0x70, 1, register);
        return (byte)Port(0x71, 1);
    }

    private void SetCmos(byte register, byte value)
    {
        SetPort(0x70, 1, register);
        SetPort(0x71, 1, value);
    }

    private uint Port(ushort port, int size)
    {
        Span<byte> data = stackalloc byte[4];
        data.Clear();
        _ports.Read(port, data[..size]);
        return BitConverter.ToUInt32(data);
    }

    private void SetPort(ushort port, int size, uint value) => _ports.Write(port, BitConverter.GetBytes(value).AsSpan(0, size));
}
