using System;
using VmcsGen.Vmm.Tests.Testing;
using Xunit;

namespace VmcsGen.Vmm.Tests.Virtio;

/// <summary>What holds for queues and registers of every device, tried on a disk. Source: VIRTIO 1.2, 2.7 and 4.2.</summary>
public sealed class VirtioRulesTests : DiskWithDriver
{
    [Theory]
    [InlineData("circle", "circle")]
    [InlineData("beyond", "leaves the table")]
    [InlineData("hole", "no memory")]
    [InlineData("wrap", "no memory")]
    [InlineData("order", "behind one to be written")]
    [InlineData("long", "are refused")]
    [InlineData("too many", "offers")]
    [InlineData("nested", "stands in another")]
    [InlineData("odd table", "multiple of 16")]
    [InlineData("table in a hole", "indirect table")]
    [InlineData("indirect circle", "circle")]
    [InlineData("no status", "one for the status")]
    [InlineData("short header", "16 bytes")]
    public void Rules_that_a_guest_breaks_stop_the_device_until_it_is_reset(string rule, string message)
    {
        Driver.Begin();
        const ulong table = TestDriver.Data + 0x8000;
        Request(0, sector: 0);
        Driver.Describe(1, TestDriver.Data + 0x1000, 512, Next | Write, 2);
        Driver.Describe(2, TestDriver.Data + 0x4000, 1, Write);
        switch (rule)
        {
            case "circle":
                Driver.Describe(2, TestDriver.Data + 0x4000, 1, Write | Next, 1);
                break;
            case "beyond":
                Driver.Describe(1, TestDriver.Data + 0x1000, 512, Next | Write, 8);
                break;
            case "hole":
                Driver.Describe(1, TestDriver.MemorySize - 511, 512, Next | Write, 2);
                break;
            case "wrap":
                Driver.Describe(1, ulong.MaxValue - 3, 512, Next | Write, 2);
                break;
            case "order":
                Driver.Describe(1, TestDriver.Data, 16, Write | Next, 2);
                Driver.Describe(2, TestDriver.Data, 16, 0);
                break;
            case "long":
                Driver.Describe(1, TestDriver.Data, uint.MaxValue, Write | Next, 2);
                break;
            case "too many":
                Driver.Memory.Write(TestDriver.Available + 2, (ushort)100);
                break;
            case "nested":
                Driver.Describe(0, table, 32, Indirect);
                Driver.Describe(0, table, 16, Indirect, 0, table);
                break;
            case "odd table":
                Driver.Describe(0, table, 17, Indirect);
                break;
            case "table in a hole":
                Driver.Describe(0, TestDriver.MemorySize, 16, Indirect);
                break;
            case "indirect circle":
                Driver.Describe(0, table, 32, Indirect);
                Driver.Describe(0, TestDriver.Data, 16, Next, 1, table);
                Driver.Describe(1, TestDriver.Data, 16, Next, 0, table);
                break;
            case "no status":
                Driver.Describe(0, TestDriver.Data, 16, 0);
                break;
            case "short header":
                Driver.Describe(0, TestDriver.Data, 15, Next, 2);
                break;
        }
        if (rule == "too many")
            Driver.Write(0x50, 0);
        else
            Driver.Offer(0);
        Assert.Contains(message, Driver.Transport.Failure, StringComparison.Ordinal);
        Assert.Equal(0x4Fu, Driver.Status); // DEVICE_NEEDS_RESET
        Assert.Equal(2u, Driver.Read(0x60)); // Told as a change of configuration.
        Assert.Equal(0, Driver.UsedIndex);

        Driver.Begin();
        Sectors_of_a_working_device_are_read();
    }

    [Theory]
    [InlineData(7u, TestDriver.Descriptors, "power of two")]
    [InlineData(512u, TestDriver.Descriptors, "power of two")]
    [InlineData(8u, TestDriver.MemorySize, "no memory")]
    [InlineData(8u, TestDriver.Descriptors + 8, "multiple of 16")]
    public void Queue_that_cannot_be_is_refused(uint size, ulong descriptors, string message)
    {
        Driver.Begin();
        Driver.Write(0x44, 0);
        Driver.Write(0x38, size);
        Driver.Write(0x80, (uint)descriptors);
        Driver.Write(0x90, (uint)TestDriver.Available);
        Driver.Write(0xA0, (uint)TestDriver.Used);
        Driver.Write(0x44, 1);
        Assert.Equal(0u, Driver.Read(0x44));
        Assert.Contains(message, Driver.Transport.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Features_that_are_not_offered_are_not_taken()
    {
        Driver.Write(0x70, 3);
        Driver.Write(0x24, 1);
        Driver.Write(0x20, 1);
        Driver.Write(0x24, 0);
        Driver.Write(0x20, 1 << 20);
        Driver.Write(0x70, 11);
        Assert.Equal(3u, Driver.Status);
    }

    [Fact]
    public void No_interrupt_when_the_driver_wants_none()
    {
        Driver.Begin();
        Driver.Memory.Write(TestDriver.Available, (ushort)1);
        Sectors_of_a_working_device_are_read();
        Assert.Empty(Driver.Line.Levels);
    }

    [Fact]
    public void State_carries_a_device_in_the_middle_of_its_work()
    {
        Driver.Begin();
        for (var i = 0; i < 5; i++)
            Sectors_of_a_working_device_are_read();
        var state = Driver.Transport.SaveState();

        using VirtioBlock disk = new(Folder.File("disk2", Content), isReadOnly: true);
        TestLine line = new();
        VirtioMmioTransport restored = new(disk, Driver.Memory, line);
        restored.RestoreState(state);
        Assert.Equal(state, restored.SaveState());
        Assert.Equal([true], line.Levels);
        Request(0, sector: 9);
        Driver.Memory.Write(TestDriver.Available + 4 + 2 * 5, (ushort)0);
        Driver.Memory.Write(TestDriver.Available + 2, (ushort)6);
        restored.Write(0x50, [0, 0, 0, 0]);
        Assert.Equal(6, Driver.UsedIndex);
        Assert.Equal(Content[(9 * 512)..(10 * 512)], Driver.Bytes(TestDriver.Data + 0x1000, 512));

        Assert.Throws<ArgumentException>(() => restored.RestoreState(state.AsSpan(1)));
        Array.Fill(state, (byte)0xFF);
        Assert.Throws<ArgumentException>(() => restored.RestoreState(state));
    }
}
