using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Buses;

/// <summary>Ranges, search and the taking apart of accesses, without a guest.</summary>
public class AddressBuses
{
    [Fact]
    public void Access_reaches_the_device_of_its_range_with_the_offset_in_it()
    {
        var bus = new AddressBus(BusAddressSpace.Mmio);
        var (low, high) = (new RecordingDevice("low"), new RecordingDevice("high"));
        bus.Add(0x1000, 0x100, low);
        bus.Add(0x1100, 0x100, high);

        bus.Write(0x1000, [0xAA]);
        bus.Write(0x10FC, [1, 2, 3, 4]);
        bus.Write(0x1100, [5, 6]);
        var data = new byte[2];
        bus.Read(0x10FE, data);

        Assert.Equal(["W 0 AA", "W FC 01020304", "R FE 0304"], low.Accesses);
        Assert.Equal(["W 0 0506"], high.Accesses);
        Assert.Equal([3, 4], data);
    }

    [Fact]
    public void Access_without_a_range_reads_ones_and_writes_nowhere()
    {
        var bus = new AddressBus(BusAddressSpace.Ports);
        var data = new byte[4];

        bus.Read(0x1234, data);
        bus.Write(0x1234, data);

        Assert.Equal([0xFF, 0xFF, 0xFF, 0xFF], data);
    }

    [Fact]
    public void Default_device_gets_the_address_of_what_has_no_range()
    {
        var bus = new AddressBus(BusAddressSpace.Mmio);
        bus.Add(0x10, 0x10, new RecordingDevice("near"));
        var unhandled = new RecordingDevice("default");
        bus.DefaultDevice = unhandled;

        bus.Write(0x0F, [1]);
        bus.Write(0x20, [2]);

        Assert.Equal(["W F 01", "W 20 02"], unhandled.Accesses);
        Assert.Throws<ArgumentNullException>(() => bus.DefaultDevice = null!);
    }

    [Fact]
    public void Access_beyond_the_end_of_a_range_is_taken_apart()
    {
        var bus = new AddressBus(BusAddressSpace.Mmio);
        var (first, second, unhandled) = (new RecordingDevice("first"), new RecordingDevice("second"), new RecordingDevice("default"));
        bus.Add(0x10, 2, first);
        bus.Add(0x14, 2, second);
        bus.DefaultDevice = unhandled;

        bus.Write(0x0F, [0, 1, 2, 3, 4, 5, 6, 7]);
        var data = new byte[8];
        bus.Read(0x0F, data);

        Assert.Equal(["W 0 0102", "R 0 0102"], first.Accesses);
        Assert.Equal(["W 0 0506", "R 0 0506"], second.Accesses);
        Assert.Equal(["W F 00", "W 12 0304", "W 16 07", "R F 00", "R 12 0304", "R 16 07"], unhandled.Accesses);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], data);
    }

    [Fact]
    public void Device_that_fills_nothing_reads_as_zeros()
    {
        var bus = new AddressBus(BusAddressSpace.Ports);
        bus.Add(0x10, 1, static (_, _) => { }, null);
        byte[] data = [0x55];

        bus.Read(0x10, data);

        Assert.Equal([0], data);
    }

    [Fact]
    public void Delegate_that_is_missing_reads_ones_and_ignores_writes()
    {
        var bus = new AddressBus(BusAddressSpace.Ports);
        byte written = 0;
        bus.Add(0x10, 1, null, (_, data) => written = data[0]);
        bus.Add(0x11, 1, static (offset, data) => data[0] = (byte)(7 + offset), null);
        byte[] data = [0];

        bus.Write(0x10, [9]);
        bus.Read(0x10, data);
        Assert.Equal((9, 0xFF), (written, data[0]));
        bus.Write(0x11, [9]);
        bus.Read(0x11, data);
        Assert.Equal(7, data[0]);
    }

    [Theory]
    [InlineData(0x3FF, 1)] // The last port.
    [InlineData(0x3F8, 1)] // The first.
    [InlineData(0x3F0, 9)] // From below.
    [InlineData(0x3FF, 8)] // From above.
    [InlineData(0x3FA, 2)] // Inside.
    [InlineData(0x300, 0x200)] // Around.
    [InlineData(0x3F8, 8)] // The same.
    public void Overlap_is_refused_with_both_ranges_named(uint first, uint length)
    {
        var bus = new AddressBus(BusAddressSpace.Ports);
        bus.Add(0x3F8, 8, new RecordingDevice("serial"));
        bus.Add(0x60, 1, new RecordingDevice("keyboard"));

        var refusal = Assert.Throws<ArgumentException>(() => bus.Add(first, length, new RecordingDevice("modem")));

        Assert.Contains("port 0x3F8 to 0x3FF (serial)", refusal.Message, StringComparison.Ordinal);
        Assert.Contains($"port 0x{first:X}", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("(modem)", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(2, bus.Ranges.Length);
    }

    [Fact]
    public void Range_beyond_the_last_address_or_of_no_length_is_refused()
    {
        var ports = new AddressBus(BusAddressSpace.Ports);
        var mmio = new AddressBus(BusAddressSpace.Mmio);
        var device = new RecordingDevice("device");

        ports.Add(0xFFFF, 1, device);
        mmio.Add(ulong.MaxValue, 1, device);
        mmio.Add(0, ulong.MaxValue, device);

        Assert.Throws<ArgumentOutOfRangeException>(() => ports.Add(0xFFFF, 2, device));
        Assert.Throws<ArgumentOutOfRangeException>(() => ports.Add(0x1_0000, 1, device));
        Assert.Throws<ArgumentOutOfRangeException>(() => ports.Add(0x10, ulong.MaxValue, device));
        Assert.Throws<ArgumentOutOfRangeException>(() => mmio.Add(ulong.MaxValue, 2, device));
        Assert.Throws<ArgumentOutOfRangeException>(() => mmio.Add(0x10, 0, device));
        Assert.Throws<ArgumentOutOfRangeException>(() => new AddressBus((BusAddressSpace)7));
    }

    [Fact]
    public void Access_at_the_very_end_of_an_address_space_is_served()
    {
        var ports = new AddressBus(BusAddressSpace.Ports);
        var (last, unhandled) = (new RecordingDevice("last"), new RecordingDevice("default", 0x2_0000));
        ports.Add(0xFFFF, 1, last);
        ports.DefaultDevice = unhandled;
        var mmio = new AddressBus(BusAddressSpace.Mmio);
        mmio.Add(ulong.MaxValue, 1, last);

        ports.Write(0xFFFF, [1, 2]);
        mmio.Write(ulong.MaxValue, [3]);

        Assert.Equal(["W 0 01", "W 0 03"], last.Accesses);
        Assert.Equal(["W 10000 02"], unhandled.Accesses);
    }

    [Fact]
    public void Range_that_was_disposed_of_leads_nowhere_and_can_be_taken_again()
    {
        var bus = new AddressBus(BusAddressSpace.Mmio);
        var device = new RecordingDevice("device");
        var range = bus.Add(0x1000, 0x10, device);
        Assert.Same(range, bus.Find(0x100F));
        Assert.Equal("guest physical 0x1000 to 0x100F (device)", range.ToString());

        range.Dispose();
        range.Dispose();

        Assert.Null(bus.Find(0x1000));
        bus.Write(0x1000, [1]);
        Assert.Empty(device.Accesses);
        using var again = bus.Add(0x1008, 0x10, device);
        range.Dispose();
        Assert.Same(again, bus.Find(0x1008));
    }

    [Fact]
    public void Search_finds_what_a_look_at_every_range_finds()
    {
        var bus = new AddressBus(BusAddressSpace.Mmio);
        var random = new Random(1);
        List<BusRange> ranges = [];
        for (var i = 0; i < 400; i++)
        {
            var (first, length) = ((ulong)random.Next(4000), (ulong)random.Next(1, 20));
            if (ranges.Exists(range => range.First < first + length && first <= range.Last))
                Assert.Throws<ArgumentException>(() => bus.Add(first, length, new RecordingDevice("x")));
            else
                ranges.Add(bus.Add(first, length, new RecordingDevice("x")));
            if (i % 3 == 2)
            {
                var removed = ranges[random.Next(ranges.Count)];
                ranges.Remove(removed);
                removed.Dispose();
            }
        }

        Assert.Equal(ranges.OrderBy(static range => range.First), bus.Ranges.ToArray());
        for (var address = 0ul; address < 4100; address++)
            Assert.Same(ranges.Find(range => range.First <= address && address <= range.Last), bus.Find(address));
    }

    [Fact]
    public void Accesses_go_on_while_ranges_come_and_go()
    {
        var bus = new AddressBus(BusAddressSpace.Mmio);
        var count = 0;
        bus.Add(0x1000, 8, static (_, data) => data[0] = 0x42, (_, _) => Interlocked.Increment(ref count));
        var isDone = false;
        var readers = Enumerable
            .Range(0, 2)
            .Select(_ => new Worker(() =>
            {
                var data = new byte[1];
                for (var i = 0; i < 1000 || !Volatile.Read(ref isDone); i++)
                {
                    bus.Read(0x1003, data);
                    Assert.Equal(0x42, data[0]);
                    bus.Write(0x1000, data);
                }
            }))
            .ToArray();

        for (var i = 0; i < 20_000; i++)
        {
            using var below = bus.Add(0xFF8, 8, static (_, data) => data[0] = 1, null);
            using var above = bus.Add(0x1008, 8, static (_, data) => data[0] = 2, null);
        }
        Volatile.Write(ref isDone, true);

        foreach (var reader in readers)
            reader.Finish();
        Assert.True(count >= 2000);
        Assert.Equal(1, bus.Ranges.Length);
    }
}
