using System;
using System.IO;
using System.Linq;
using System.Text;
using VmcsGen.Vmm.Tests.Testing;
using Xunit;

namespace VmcsGen.Vmm.Tests.Virtio;

public sealed class VirtioBlockTests : DiskWithDriver
{
    [Fact]
    public void Device_says_what_it_is()
    {
        Assert.Equal((0x7472_6976u, 2u, 2u), (Driver.Read(0), Driver.Read(4), Driver.Read(8)));
        Assert.Equal((uint)Sectors, Driver.Read(0x100));
        Assert.Equal(0u, Driver.Read(0x104));
        Assert.Equal(0u, Driver.Read(0x108));
        Driver.Write(0x30, 1);
        Assert.Equal(0u, Driver.Read(0x34)); // No second queue.
    }

    [Fact]
    public void Sectors_are_read_and_the_driver_is_told()
    {
        Driver.Begin();
        Request(0, sector: 3);
        Driver.Describe(1, TestDriver.Data + 0x1000, 1024, Next | Write, 2);
        Driver.Describe(2, TestDriver.Data + 0x3000, 512, Next | Write, 3);
        Driver.Describe(3, TestDriver.Data + 0x4000, 1, Write);
        Driver.Offer(0);
        Assert.Equal(Content[(3 * 512)..(5 * 512)], Driver.Bytes(TestDriver.Data + 0x1000, 1024));
        Assert.Equal(Content[(5 * 512)..(6 * 512)], Driver.Bytes(TestDriver.Data + 0x3000, 512));
        Assert.Equal(0, Driver.Bytes(TestDriver.Data + 0x4000, 1)[0]);
        Assert.Equal(1, Driver.UsedIndex);
        Assert.Equal((0u, 1537u), (Driver.Memory.Read<uint>(TestDriver.Used + 4), Driver.Memory.Read<uint>(TestDriver.Used + 8)));
        Assert.Equal([true], Driver.Line.Levels);
        Assert.Equal(1u, Driver.Read(0x60));
        Driver.Write(0x64, 1);
        Assert.Equal([true, false], Driver.Line.Levels);
    }

    [Fact]
    public void Request_has_as_many_pieces_as_the_queue_holds_beside_header_and_status()
    {
        // VIRTIO 1.2, 5.2.3 and 5.2.4: bit 2 of the features, and seg_max at offset 12.
        Assert.NotEqual(0u, Driver.Read(0x10) & 1 << 2);
        var pieces = (int)Driver.Read(0x10C);
        Assert.Equal((256u, 254), (Driver.Read(0x34), pieces));
        Driver.Begin(size: 256);
        Request(0, sector: 0);
        var address = TestDriver.Data + 0x1000;
        for (var i = 1; i <= pieces; i++)
        {
            var length = i <= pieces - 2 ? 128u : 256u; // 64 sectors in all.
            Driver.Describe(i, address, length, Next | Write, (ushort)(i + 1));
            address += length;
        }
        Driver.Describe(pieces + 1, address, 1, Write);
        Driver.Offer(0, size: 256);
        Assert.Equal([.. Content, 0], Driver.Bytes(TestDriver.Data + 0x1000, Content.Length + 1));
        Assert.Equal((uint)Content.Length + 1, Driver.Memory.Read<uint>(TestDriver.Used + 8));
    }

    [Fact]
    public void Sectors_are_written_by_an_indirect_table_and_flushed()
    {
        Driver.Begin();
        const ulong table = TestDriver.Data + 0x8000;
        var written = Enumerable.Range(0, 512).Select(static i => (byte)(255 - i)).ToArray();
        Driver.Memory.Write(TestDriver.Data + 0x1000, written);
        Request(0, sector: 63, type: 1, table: table);
        Driver.Describe(1, TestDriver.Data + 0x1000, 512, Next, 2, table);
        Driver.Describe(2, TestDriver.Data + 0x4000, 1, Write, 0, table);
        Driver.Describe(5, table, 48, Indirect);
        Driver.Offer(5);
        Request(0, sector: 0, type: 4);
        Driver.Describe(1, TestDriver.Data + 0x4000, 1, Write);
        Driver.Offer(0);
        Assert.Equal(2, Driver.UsedIndex);
        Assert.Equal(0, Driver.Bytes(TestDriver.Data + 0x4000, 1)[0]);
        Disk.Dispose();
        Assert.Equal((byte[])[.. Content[..(63 * 512)], .. written], File.ReadAllBytes(Folder.File("disk")));
    }

    [Theory]
    [InlineData(11, 0u, 0)]
    [InlineData(13, 0u, 0)]
    [InlineData(13, 1u, 0)] // Their room may be given back.
    [InlineData(11, 1u, 2)] // Discards know no flag.
    [InlineData(13, 2u, 2)]
    public void Sectors_are_discarded_and_made_zeros(uint type, uint flags, byte status)
    {
        Assert.Equal(1u << 13 | 1u << 14, Driver.Read(0x10) & (1u << 13 | 1u << 14));
        Assert.Equal((1u << 22, 16u, 1u << 15, 1u), (Driver.Read(0x124), Driver.Read(0x128), Driver.Read(0x130), Driver.Read(0x134)));
        Driver.Begin();
        Range(sector: 8, count: 16, flags);
        Assert.Equal(status, Serve(type));
        Disk.Dispose();
        var content = File.ReadAllBytes(Folder.File("disk"));
        var expected = (byte[])Content.Clone();
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
        Driver.Begin();
        Range(sector, count, flags: 0);
        Assert.Equal(1, Serve(type));
        Assert.Equal(1, Serve(type, length: 15));
        Assert.Equal(1, Serve(type, length: 0));
        Assert.Equal(1, Serve(type, length: 17 * 16));
        Assert.Equal(15u, Driver.Status);
        Disk.Dispose();
        Assert.Equal(Content, File.ReadAllBytes(Folder.File("disk")));
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
        var state = Driver.Transport.SaveState();
        using VirtioBlock disk = new(Folder.File("disk2", Content[512..]));
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
        Driver.Begin();
        Request(0, sector, type);
        Driver.Describe(1, TestDriver.Data + 0x1000, length, Next | Write, 2);
        Driver.Describe(2, TestDriver.Data + 0x4000, 1, Write);
        Driver.Memory.Write(TestDriver.Data + 0x4000, (byte)0xAA);
        Driver.Offer(0);
        Assert.Equal(status, Driver.Bytes(TestDriver.Data + 0x4000, 1)[0]);
        Assert.Equal(15u, Driver.Status);
        if (type == 8)
            Assert.Equal("disk", Encoding.ASCII.GetString(Driver.Bytes(TestDriver.Data + 0x1000, 4)));
    }

    [Fact]
    public void Read_only_disk_refuses_writes()
    {
        using VirtioBlock disk = new(Folder.File("disk2", Content), isReadOnly: true);
        using TestDriver driver = new(disk);
        Assert.NotEqual(0u, driver.Read(0x10) & 1 << 5);
        driver.Begin();
        driver.Memory.Write(TestDriver.Data, 1u);
        driver.Describe(0, TestDriver.Data, 16, Next, 1);
        driver.Describe(1, TestDriver.Data + 0x1000, 512, Next, 2);
        driver.Describe(2, TestDriver.Data + 0x4000, 1, Write);
        driver.Offer(0);
        Assert.Equal(1, driver.Bytes(TestDriver.Data + 0x4000, 1)[0]);
        Assert.Equal(Content, File.ReadAllBytes(Folder.File("disk2")));
    }

    private void Range(ulong sector, uint count, uint flags)
    {
        Driver.Memory.Write(TestDriver.Data + 0x1000, sector);
        Driver.Memory.Write(TestDriver.Data + 0x1008, count);
        Driver.Memory.Write(TestDriver.Data + 0x100C, flags);
    }

    // Serves a request with bytes to read behind its header, and gives the status.
    private byte Serve(uint type, uint length = 16)
    {
        Request(0, sector: 0, type);
        Driver.Describe(1, TestDriver.Data + 0x1000, length, Next, 2);
        Driver.Describe(2, TestDriver.Data + 0x4000, 1, Write);
        Driver.Memory.Write(TestDriver.Data + 0x4000, (byte)0xAA);
        Driver.Offer(0);
        return Driver.Bytes(TestDriver.Data + 0x4000, 1)[0];
    }
}
