using System;
using System.IO;
using System.Linq;
using System.Text;
using VmcsGen.Vmm.Tests.Testing;
using Xunit;

namespace VmcsGen.Vmm.Tests.Virtio;

[Trait("Needs", "Kvm")]
public sealed class VirtioBlockTests : IDisposable
{
    private const ushort Next = 1;
    private const ushort Write = 2;
    private const ushort Indirect = 4;
    private const int Sectors = 64;

    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _content = [.. Enumerable.Range(0, Sectors * 512).Select(static i => (byte)(i / 512 * 3 + i))];
    private readonly VirtioBlock _disk;
    private readonly TestDriver _driver;

    public VirtioBlockTests()
    {
        File.WriteAllBytes(_folder.File("disk"), _content);
        _disk = new VirtioBlock(_folder.File("disk"));
        _driver = new TestDriver(_disk) { Negotiated = 1 << 9 | 1 << 28 };
    }

    [Fact]
    public void Device_says_what_it_is()
    {
        Assert.Equal((0x7472_6976u, 2u, 2u), (_driver.Read(0), _driver.Read(4), _driver.Read(8)));
        Assert.Equal((uint)Sectors, _driver.Read(0x100));
        Assert.Equal(0u, _driver.Read(0x104));
        Assert.Equal(0u, _driver.Read(0x108));
        _driver.Write(0x30, 1);
        Assert.Equal(0u, _driver.Read(0x34)); // No second queue.
    }

    [Fact]
    public void Sectors_are_read_and_the_driver_is_told()
    {
        _driver.Begin();
        Request(0, sector: 3);
        _driver.Describe(1, TestDriver.Data + 0x1000, 1024, Next | Write, 2);
        _driver.Describe(2, TestDriver.Data + 0x3000, 512, Next | Write, 3);
        _driver.Describe(3, TestDriver.Data + 0x4000, 1, Write);
        _driver.Offer(0);
        Assert.Equal(_content[(3 * 512)..(5 * 512)], _driver.Bytes(TestDriver.Data + 0x1000, 1024));
        Assert.Equal(_content[(5 * 512)..(6 * 512)], _driver.Bytes(TestDriver.Data + 0x3000, 512));
        Assert.Equal(0, _driver.Bytes(TestDriver.Data + 0x4000, 1)[0]);
        Assert.Equal(1, _driver.UsedIndex);
        Assert.Equal((0u, 1537u), (_driver.Memory.Read<uint>(TestDriver.Used + 4), _driver.Memory.Read<uint>(TestDriver.Used + 8)));
        Assert.Equal([true], _driver.Line.Levels);
        Assert.Equal(1u, _driver.Read(0x60));
        _driver.Write(0x64, 1);
        Assert.Equal([true, false], _driver.Line.Levels);
    }

    [Fact]
    public void Request_has_as_many_pieces_as_the_queue_holds_beside_header_and_status()
    {
        // VIRTIO 1.2, 5.2.3 and 5.2.4: bit 2 of the features, and seg_max at offset 12.
        Assert.NotEqual(0u, _driver.Read(0x10) & 1 << 2);
        var pieces = (int)_driver.Read(0x10C);
        Assert.Equal((256u, 254), (_driver.Read(0x34), pieces));
        _driver.Begin(size: 256);
        Request(0, sector: 0);
        var address = TestDriver.Data + 0x1000;
        for (var i = 1; i <= pieces; i++)
        {
            var length = i <= pieces - 2 ? 128u : 256u; // 64 sectors in all.
            _driver.Describe(i, address, length, Next | Write, (ushort)(i + 1));
            address += length;
        }
        _driver.Describe(pieces + 1, address, 1, Write);
        _driver.Offer(0, size: 256);
        Assert.Equal([.. _content, 0], _driver.Bytes(TestDriver.Data + 0x1000, _content.Length + 1));
        Assert.Equal((uint)_content.Length + 1, _driver.Memory.Read<uint>(TestDriver.Used + 8));
    }

    [Fact]
    public void Sectors_are_written_by_an_indirect_table_and_flushed()
    {
        _driver.Begin();
        const ulong table = TestDriver.Data + 0x8000;
        var written = Enumerable.Range(0, 512).Select(static i => (byte)(255 - i)).ToArray();
        _driver.Memory.Write(TestDriver.Data + 0x1000, written);
        Request(0, sector: 63, type: 1, table: table);
        _driver.Describe(1, TestDriver.Data + 0x1000, 512, Next, 2, table);
        _driver.Describe(2, TestDriver.Data + 0x4000, 1, Write, 0, table);
        _driver.Describe(5, table, 48, Indirect);
        _driver.Offer(5);
        Request(0, sector: 0, type: 4);
        _driver.Describe(1, TestDriver.Data + 0x4000, 1, Write);
        _driver.Offer(0);
        Assert.Equal(2, _driver.UsedIndex);
        Assert.Equal(0, _driver.Bytes(TestDriver.Data + 0x4000, 1)[0]);
        _disk.Dispose();
        Assert.Equal((byte[])[.. _content[..(63 * 512)], .. written], File.ReadAllBytes(_folder.File("disk")));
    }

    [Theory]
    [InlineData(11, 0u, 0)]
    [InlineData(13, 0u, 0)]
    [InlineData(13, 1u, 0)] // Their room may be given back.
    [InlineData(11, 1u, 2)] // Discards know no flag.
    [InlineData(13, 2u, 2)]
    public void Sectors_are_discarded_and_made_zeros(uint type, uint flags, byte status)
    {
        Assert.Equal(1u << 13 | 1u << 14, _driver.Read(0x10) & (1u << 13 | 1u << 14));
        Assert.Equal((1u << 22, 16u, 1u << 15, 1u), (_driver.Read(0x124), _driver.Read(0x128), _driver.Read(0x130), _driver.Read(0x134)));
        _driver.Begin();
        Range(sector: 8, count: 16, flags);
        Assert.Equal(status, Serve(type));
        _disk.Dispose();
        var content = File.ReadAllBytes(_folder.File("disk"));
        var expected = (byte[])_content.Clone();
        if (status == 0)
            expected.AsSpan(8 * 512, 16 * 512).Clear();
        Assert.Equal(expected, content);
    }

    [Theory]
    [InlineData(11, 60ul, 5u)] // Behind the end.
    [InlineData(13, ulong.MaxValue, 1u)]
    [InlineData(13, 0ul, (1u << 15) + 1)]
    [InlineData(11, 0ul, uint.MaxValue)]
    public void Impossible_ranges_are_refused(uint type, ulong sector, uint count)
    {
        _driver.Begin();
        Range(sector, count, flags: 0);
        Assert.Equal(1, Serve(type));
        Assert.Equal(1, Serve(type, length: 15));
        Assert.Equal(1, Serve(type, length: 0));
        Assert.Equal(1, Serve(type, length: 17 * 16));
        Assert.Equal(15u, _driver.Status);
        _disk.Dispose();
        Assert.Equal(_content, File.ReadAllBytes(_folder.File("disk")));
    }

    [Theory]
    [InlineData(1u << 9, 0)]
    [InlineData(0u, 1)] // A driver that knows of no flushes.
    public void Write_lasts_at_once_for_a_driver_without_flushes(uint features, int flushes)
    {
        using MemoryDisk memory = new(4096);
        using VirtioBlock disk = new(memory);
        using TestDriver driver = new(disk) { Negotiated = features };
        driver.Begin();
        driver.Memory.Write(TestDriver.Data, 1u);
        driver.Describe(0, TestDriver.Data, 16, Next, 1);
        driver.Describe(1, TestDriver.Data + 0x1000, 512, Next, 2);
        driver.Describe(2, TestDriver.Data + 0x4000, 1, Write);
        driver.Offer(0);
        Assert.Equal(flushes, memory.Flushes);
        driver.Memory.Write(TestDriver.Data, 4u);
        driver.Describe(0, TestDriver.Data, 16, Next, 2);
        driver.Offer(0);
        Assert.True(memory.Flushes > flushes);
    }

    [Fact]
    public void Error_of_a_disk_is_the_status_of_the_request()
    {
        using MemoryDisk memory = new(4096) { IsBroken = true };
        using VirtioBlock disk = new(memory);
        using TestDriver driver = new(disk);
        driver.Begin();
        driver.Memory.Write(TestDriver.Data, 0u);
        driver.Describe(0, TestDriver.Data, 16, Next, 1);
        driver.Describe(1, TestDriver.Data + 0x1000, 512, Next | Write, 2);
        driver.Describe(2, TestDriver.Data + 0x4000, 1, Write);
        driver.Offer(0);
        Assert.Equal(1, driver.Bytes(TestDriver.Data + 0x4000, 1)[0]);
        Assert.Equal(15u, driver.Status);
    }

    [Fact]
    public void Disk_of_another_length_does_not_take_the_state()
    {
        var state = _driver.Transport.SaveState();
        using VirtioBlock disk = new(_folder.File("disk2", _content[512..]));
        using TestDriver driver = new(disk);
        Assert.Contains(
            "had 64 sectors",
            Assert.Throws<ArgumentException>(() => driver.Transport.RestoreState(state)).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(0, 64, 512, 1)] // Behind the end.
    [InlineData(0, 63, 1024, 1)]
    [InlineData(0, ulong.MaxValue, 512, 1)]
    [InlineData(0, 0, 100, 1)] // No whole sector.
    [InlineData(77, 0, 512, 2)] // No such request.
    [InlineData(8, 0, 512, 0)] // The name.
    public void Impossible_requests_have_a_status(uint type, ulong sector, uint length, byte status)
    {
        _driver.Begin();
        Request(0, sector, type);
        _driver.Describe(1, TestDriver.Data + 0x1000, length, Next | Write, 2);
        _driver.Describe(2, TestDriver.Data + 0x4000, 1, Write);
        _driver.Memory.Write(TestDriver.Data + 0x4000, (byte)0xAA);
        _driver.Offer(0);
        Assert.Equal(status, _driver.Bytes(TestDriver.Data + 0x4000, 1)[0]);
        Assert.Equal(15u, _driver.Status);
        if (type == 8)
            Assert.Equal("disk", Encoding.ASCII.GetString(_driver.Bytes(TestDriver.Data + 0x1000, 4)));
    }

    [Fact]
    public void Read_only_disk_refuses_writes()
    {
        using VirtioBlock disk = new(_folder.File("disk2", _content), isReadOnly: true);
        using TestDriver driver = new(disk);
        Assert.NotEqual(0u, driver.Read(0x10) & 1 << 5);
        driver.Begin();
        driver.Memory.Write(TestDriver.Data, 1u);
        driver.Describe(0, TestDriver.Data, 16, Next, 1);
        driver.Describe(1, TestDriver.Data + 0x1000, 512, Next, 2);
        driver.Describe(2, TestDriver.Data + 0x4000, 1, Write);
        driver.Offer(0);
        Assert.Equal(1, driver.Bytes(TestDriver.Data + 0x4000, 1)[0]);
        Assert.Equal(_content, File.ReadAllBytes(_folder.File("disk2")));
    }

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
        _driver.Begin();
        const ulong table = TestDriver.Data + 0x8000;
        Request(0, sector: 0);
        _driver.Describe(1, TestDriver.Data + 0x1000, 512, Next | Write, 2);
        _driver.Describe(2, TestDriver.Data + 0x4000, 1, Write);
        switch (rule)
        {
            case "circle":
                _driver.Describe(2, TestDriver.Data + 0x4000, 1, Write | Next, 1);
                break;
            case "beyond":
                _driver.Describe(1, TestDriver.Data + 0x1000, 512, Next | Write, 8);
                break;
            case "hole":
                _driver.Describe(1, TestDriver.MemorySize - 511, 512, Next | Write, 2);
                break;
            case "wrap":
                _driver.Describe(1, ulong.MaxValue - 3, 512, Next | Write, 2);
                break;
            case "order":
                _driver.Describe(1, TestDriver.Data, 16, Write | Next, 2);
                _driver.Describe(2, TestDriver.Data, 16, 0);
                break;
            case "long":
                _driver.Describe(1, TestDriver.Data, uint.MaxValue, Write | Next, 2);
                break;
            case "too many":
                _driver.Memory.Write(TestDriver.Available + 2, (ushort)100);
                break;
            case "nested":
                _driver.Describe(0, table, 32, Indirect);
                _driver.Describe(0, table, 16, Indirect, 0, table);
                break;
            case "odd table":
                _driver.Describe(0, table, 17, Indirect);
                break;
            case "table in a hole":
                _driver.Describe(0, TestDriver.MemorySize, 16, Indirect);
                break;
            case "indirect circle":
                _driver.Describe(0, table, 32, Indirect);
                _driver.Describe(0, TestDriver.Data, 16, Next, 1, table);
                _driver.Describe(1, TestDriver.Data, 16, Next, 0, table);
                break;
            case "no status":
                _driver.Describe(0, TestDriver.Data, 16, 0);
                break;
            case "short header":
                _driver.Describe(0, TestDriver.Data, 15, Next, 2);
                break;
        }
        if (rule == "too many")
            _driver.Write(0x50, 0);
        else
            _driver.Offer(0);
        Assert.Contains(message, _driver.Transport.Failure, StringComparison.Ordinal);
        Assert.Equal(0x4Fu, _driver.Status); // DEVICE_NEEDS_RESET
        Assert.Equal(2u, _driver.Read(0x60)); // Told as a change of configuration.
        Assert.Equal(0, _driver.UsedIndex);

        _driver.Begin();
        Sectors_of_a_working_device_are_read();
    }

    [Theory]
    [InlineData(7u, TestDriver.Descriptors, "power of two")]
    [InlineData(512u, TestDriver.Descriptors, "power of two")]
    [InlineData(8u, TestDriver.MemorySize, "no memory")]
    [InlineData(8u, TestDriver.Descriptors + 8, "multiple of 16")]
    public void Queue_that_cannot_be_is_refused(uint size, ulong descriptors, string message)
    {
        _driver.Begin();
        _driver.Write(0x44, 0);
        _driver.Write(0x38, size);
        _driver.Write(0x80, (uint)descriptors);
        _driver.Write(0x90, (uint)TestDriver.Available);
        _driver.Write(0xA0, (uint)TestDriver.Used);
        _driver.Write(0x44, 1);
        Assert.Equal(0u, _driver.Read(0x44));
        Assert.Contains(message, _driver.Transport.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Features_that_are_not_offered_are_not_taken()
    {
        _driver.Write(0x70, 3);
        _driver.Write(0x24, 1);
        _driver.Write(0x20, 1);
        _driver.Write(0x24, 0);
        _driver.Write(0x20, 1 << 20);
        _driver.Write(0x70, 11);
        Assert.Equal(3u, _driver.Status);
    }

    [Fact]
    public void No_interrupt_when_the_driver_wants_none()
    {
        _driver.Begin();
        _driver.Memory.Write(TestDriver.Available, (ushort)1);
        Sectors_of_a_working_device_are_read();
        Assert.Empty(_driver.Line.Levels);
    }

    [Fact]
    public void State_carries_a_device_in_the_middle_of_its_work()
    {
        _driver.Begin();
        for (var i = 0; i < 5; i++)
            Sectors_of_a_working_device_are_read();
        var state = _driver.Transport.SaveState();

        using VirtioBlock disk = new(_folder.File("disk2", _content), isReadOnly: true);
        TestLine line = new();
        VirtioMmioTransport restored = new(disk, _driver.Memory, line);
        restored.RestoreState(state);
        Assert.Equal(state, restored.SaveState());
        Assert.Equal([true], line.Levels);
        Request(0, sector: 9);
        _driver.Memory.Write(TestDriver.Available + 4 + 2 * 5, (ushort)0);
        _driver.Memory.Write(TestDriver.Available + 2, (ushort)6);
        restored.Write(0x50, [0, 0, 0, 0]);
        Assert.Equal(6, _driver.UsedIndex);
        Assert.Equal(_content[(9 * 512)..(10 * 512)], _driver.Bytes(TestDriver.Data + 0x1000, 512));

        Assert.Throws<ArgumentException>(() => restored.RestoreState(state.AsSpan(1)));
        Array.Fill(state, (byte)0xFF);
        Assert.Throws<ArgumentException>(() => restored.RestoreState(state));
    }

    public void Dispose()
    {
        _driver.Dispose();
        _disk.Dispose();
        _folder.Dispose();
    }

    private void Sectors_of_a_working_device_are_read()
    {
        Request(0, sector: 1);
        _driver.Describe(1, TestDriver.Data + 0x1000, 512, Next | Write, 2);
        _driver.Describe(2, TestDriver.Data + 0x4000, 1, Write);
        _driver.Offer(0);
        Assert.Equal(_content[512..1024], _driver.Bytes(TestDriver.Data + 0x1000, 512));
    }

    private void Range(ulong sector, uint count, uint flags)
    {
        _driver.Memory.Write(TestDriver.Data + 0x1000, sector);
        _driver.Memory.Write(TestDriver.Data + 0x1008, count);
        _driver.Memory.Write(TestDriver.Data + 0x100C, flags);
    }

    // Serves a request with bytes to read behind its header, and gives the status.
    private byte Serve(uint type, uint length = 16)
    {
        Request(0, sector: 0, type);
        _driver.Describe(1, TestDriver.Data + 0x1000, length, Next, 2);
        _driver.Describe(2, TestDriver.Data + 0x4000, 1, Write);
        _driver.Memory.Write(TestDriver.Data + 0x4000, (byte)0xAA);
        _driver.Offer(0);
        return _driver.Bytes(TestDriver.Data + 0x4000, 1)[0];
    }

    private void Request(int index, ulong sector, uint type = 0, ulong table = TestDriver.Descriptors)
    {
        _driver.Memory.Write(TestDriver.Data, type);
        _driver.Memory.Write(TestDriver.Data + 8, sector);
        _driver.Describe(index, TestDriver.Data, 16, Next, (ushort)(index + 1), table);
    }
}
