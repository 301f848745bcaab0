using System;
using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace VmcsGen.Kvm.Tests.Buses;

/// <summary>Ranges within ranges, told apart by priority or by the size of the access.</summary>
public class OverlappingRanges
{
    [Fact]
    public void Reset_register_lies_among_the_ports_of_the_PCI_address_as_on_every_PC()
    {
        var bus = new AddressBus(BusAddressSpace.Ports);
        var (address, reset, data) = (new RecordingDevice("PCI address"), new RecordingDevice("reset"), new RecordingDevice("PCI data"));
        List<string> unhandled = [];
        bus.Add(0xCF8, 4, address, sizes: BusAccessSizes.Dword);
        bus.Add(0xCF9, 1, reset, sizes: BusAccessSizes.Byte);
        bus.Add(0xCFC, 4, data);
        bus.DefaultDevice = new DelegateDevice(null, (offset, data) => unhandled.Add($"W {offset:X} {Convert.ToHexString(data)}"));

        bus.Write(0xCF8, [0x04, 0x10, 0x00, 0x80]);
        bus.Write(0xCF9, [0x06]);
        bus.Write(0xCFE, [0x12, 0x34]);
        bus.Write(0xCF8, [0x55]);
        bus.Write(0xCF9, [0x66, 0x77]);
        bus.Read(0xCF9, new byte[1]);

        Assert.Equal(["W 0 04100080"], address.Accesses);
        Assert.Equal("W 0 06", reset.Accesses[0]);
        Assert.StartsWith("R 0", reset.Accesses[1], StringComparison.Ordinal);
        Assert.Equal(["W 2 1234"], data.Accesses);
        Assert.Equal(["W CF8 55", "W CF9 6677"], unhandled);
    }

    [Fact]
    public void Range_of_higher_priority_lies_over_another_and_the_parts_beside_it_stay()
    {
        var bus = new AddressBus(BusAddressSpace.Mmio);
        var (window, register, top) = (new RecordingDevice("window"), new RecordingDevice("register"), new RecordingDevice("top"));
        bus.Add(0x1000, 0x100, window);
        bus.Add(0x1010, 4, register, priority: 1);
        bus.Add(0x1012, 1, top, priority: 2);

        bus.Write(0x100E, [1, 2, 3, 4, 5, 6, 7, 8]);

        Assert.Equal(["W E 0102", "W 14 0708"], window.Accesses);
        Assert.Equal(["W 0 0304", "W 3 06"], register.Accesses);
        Assert.Equal(["W 0 05"], top.Accesses);
    }

    [Fact]
    public void Range_of_lower_priority_that_comes_later_is_seen_around_the_others_only()
    {
        var bus = new AddressBus(BusAddressSpace.Mmio);
        var (register, window) = (new RecordingDevice("register"), new RecordingDevice("window"));
        bus.Add(0x1010, 4, register);
        bus.Add(0x1000, 0x100, window, priority: -1);

        bus.Write(0x100F, [1, 2]);
        bus.Write(0x1013, [3, 4]);

        Assert.Equal(["W F 01", "W 14 04"], window.Accesses);
        Assert.Equal(["W 0 02", "W 3 03"], register.Accesses);
    }

    [Fact]
    public void What_lay_under_a_range_is_seen_again_when_it_is_gone()
    {
        var bus = new AddressBus(BusAddressSpace.Mmio);
        var window = new RecordingDevice("window");
        bus.Add(0x1000, 0x100, window);
        var register = bus.Add(0x1010, 4, new RecordingDevice("register"), priority: 1);
        Assert.Same(register, bus.Find(0x1013));
        Assert.Equal("window", bus.Find(0x1014)!.Device.ToString());

        register.Dispose();
        bus.Write(0x1010, [1, 2, 3, 4]);

        Assert.Equal(["W 10 01020304"], window.Accesses);
        Assert.Single(bus.Ranges.ToArray());
    }

    [Fact]
    public void Same_priority_and_a_common_size_are_refused()
    {
        var bus = new AddressBus(BusAddressSpace.Ports);
        bus.Add(0xCF8, 4, new RecordingDevice("PCI"), sizes: BusAccessSizes.Dword | BusAccessSizes.Word);

        var refusal = Assert.Throws<ArgumentException>(() =>
            bus.Add(0xCF9, 1, new RecordingDevice("reset"), sizes: BusAccessSizes.Byte | BusAccessSizes.Word)
        );

        Assert.Contains("higher priority", refusal.Message, StringComparison.Ordinal);
        bus.Add(0xCF9, 1, new RecordingDevice("reset"), sizes: BusAccessSizes.Byte);
        Assert.Throws<ArgumentException>(() => bus.Add(0x10, 1, new RecordingDevice("none"), sizes: 0));
        Assert.Throws<ArgumentException>(() => bus.Add(0x10, 1, new RecordingDevice("none"), sizes: (BusAccessSizes)0x20));
        Assert.Equal(2, bus.Ranges.Length);
    }

    [Fact]
    public void Any_mixture_of_ranges_answers_as_a_search_through_all_of_them_does()
    {
        var random = new Random(7);
        for (var round = 0; round < 200; round++)
        {
            var bus = new AddressBus(BusAddressSpace.Mmio);
            for (var i = 0; i < 12; i++)
            {
                var sizes = random.Next(3) == 0 ? (BusAccessSizes)random.Next(1, 32) : BusAccessSizes.All;
                try
                {
                    var range = bus.Add((ulong)random.Next(60), (ulong)random.Next(1, 20), null, null, random.Next(-2, 3), sizes);
                    if (random.Next(5) == 0)
                        range.Dispose();
                }
                catch (ArgumentException)
                {
                    // Overlaps one of its priority.
                }
            }

            var ranges = bus.Ranges.ToArray();
            foreach (var length in new[] { 1, 2, 3, 4, 8 })
            {
                var size = length == 3 ? BusAccessSizes.Odd : (BusAccessSizes)length;
                for (var address = 0ul; address < 85; address++)
                {
                    var expected = ranges
                        .Where(range => range.First <= address && address <= range.Last && (range.Sizes & size) != 0)
                        .MaxBy(static range => range.Priority);
                    Assert.Same(expected, bus.Find(address, length));
                }
            }
        }
    }
}
