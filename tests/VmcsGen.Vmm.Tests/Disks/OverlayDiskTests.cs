using System;
using System.Buffers.Binary;
using System.IO;
using System.Linq;
using VmcsGen.Vmm.Tests.Testing;
using Xunit;

namespace VmcsGen.Vmm.Tests.Disks;

public sealed class OverlayDiskTests : IDisposable
{
    private const int Cluster = 1 << 16;
    private const int Length = 5 * Cluster + 3 * 512; // The last cluster is not whole.
    private const int TableOffset = 4096;
    private const int DataOffset = Cluster;

    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _base = new byte[Length];

    public OverlayDiskTests()
    {
        new Random(1).NextBytes(_base);
        File.WriteAllBytes(BasePath, _base);
    }

    private string BasePath => _folder.File("base");

    private string OverlayPath => _folder.File("overlay");

    [Fact]
    public void Disk_begins_as_its_base_and_keeps_what_is_written_beside_it()
    {
        var expected = (byte[])_base.Clone();
        byte[] written = [.. Enumerable.Range(1, 100).Select(static i => (byte)i)];
        using (var disk = Open())
        {
            Assert.Equal(_base, ContentOf(disk));
            Assert.Equal(("base", (ulong)Length, false), (disk.Name, disk.Length, disk.IsReadOnly));
            foreach (var at in (int[])[0, Cluster - 50, 3 * Cluster, Length - 100])
            {
                disk.Write((ulong)at, written);
                written.CopyTo(expected, at);
            }
            Assert.Equal(expected, ContentOf(disk));
        }
        Assert.Equal(_base, File.ReadAllBytes(BasePath));
        using var again = Open();
        Assert.Equal(expected, ContentOf(again));
    }

    [Fact]
    public void Overlay_in_memory_is_gone_afterwards()
    {
        using (var disk = OverlayDisk.InMemory(new FileDisk(BasePath, isReadOnly: true)))
        {
            disk.Write(10, [1, 2, 3]);
            disk.Flush();
            Assert.Equal([_base[9], 1, 2, 3, _base[13]], ContentOf(disk)[9..14]);
        }
        Assert.Equal(_base, File.ReadAllBytes(BasePath));
        Assert.Equal([BasePath], Directory.GetFiles(_folder.Path));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public void Whatever_is_done_the_disk_has_the_bytes_of_a_model(int seed, bool isFile)
    {
        Random random = new(seed);
        var expected = (byte[])_base.Clone();
        var disk = isFile ? Open() : OverlayDisk.InMemory(new FileDisk(BasePath, isReadOnly: true));
        for (var i = 0; i < 400; i++)
        {
            var offset = random.Next(Length);
            if (random.Next(3) == 0)
                offset = offset / Cluster * Cluster;
            var length = Math.Min(random.Next(4) == 0 ? 2 * Cluster : random.Next(2000), Length - offset);
            switch (random.Next(6))
            {
                case 0 or 1:
                    var bytes = new byte[length];
                    random.NextBytes(bytes);
                    disk.Write((ulong)offset, bytes);
                    bytes.CopyTo(expected, offset);
                    break;
                case 2:
                    disk.WriteZeroes((ulong)offset, (ulong)length, mayUnmap: random.Next(2) == 0);
                    expected.AsSpan(offset, length).Clear();
                    break;
                case 3:
                    disk.Discard((ulong)offset, (ulong)length);
                    // Whole clusters become zeros, others stay.
                    for (var at = (offset + Cluster - 1) / Cluster * Cluster; at < Length; at += Cluster)
                    {
                        if (Math.Min(at + Cluster, Length) <= offset + length)
                            expected.AsSpan(at, Math.Min(Cluster, Length - at)).Clear();
                    }
                    break;
                case 4:
                    disk.Flush();
                    break;
                case 5 when isFile && random.Next(5) == 0:
                    disk.Dispose();
                    disk = Open();
                    break;
            }
            if (i % 20 == 0)
                Assert.Equal(expected, ContentOf(disk));
        }
        Assert.Equal(expected, ContentOf(disk));
        disk.Dispose();
    }

    [Fact]
    public void After_a_crash_the_overlay_has_what_was_flushed()
    {
        var (first, second, third) = (Filled(0x11), Filled(0x22), Filled(0x33));
        using var disk = Open();
        disk.Write(0, first);
        disk.Write(2 * Cluster, second);
        disk.Flush();
        disk.Discard(0, Cluster);
        disk.Write(3 * Cluster, third); // Not where the discarded cluster is: the table on disk leads there still.
        Tool.Run("cp", OverlayPath, _folder.File("crashed"));

        using var crashed = Open("crashed");
        var content = ContentOf(crashed);
        Assert.Equal(second, content[(2 * Cluster)..(3 * Cluster)]);
        Assert.Equal(_base[(3 * Cluster)..(4 * Cluster)], content[(3 * Cluster)..(4 * Cluster)]);
        Assert.All(content[..Cluster], static value => Assert.Contains(value, (byte[])[0, 0x11]));
        // What the table does not lead to is used again.
        var length = new FileInfo(_folder.File("crashed")).Length;
        crashed.Write(4 * Cluster, third);
        Assert.Equal(length, new FileInfo(_folder.File("crashed")).Length);
    }

    [Fact]
    public void File_stays_small_for_a_guest_that_discards_and_writes_without_end()
    {
        using var disk = Open();
        var content = Filled(1);
        for (var i = 0; i < 3000; i++)
        {
            disk.Write(0, content);
            disk.Discard(0, Cluster);
        }
        Assert.InRange(new FileInfo(OverlayPath).Length, 0, (long)Cluster * (1024 + 8));
    }

    [Fact]
    public void Overlay_that_another_monitor_has_is_refused()
    {
        using var disk = Open();
        Assert.Throws<IOException>(() => Open());
    }

    [Theory]
    [InlineData(0, 0UL, 8, 0, "no overlay")]
    [InlineData(8, 2UL, 4, 8, "Version 2")]
    [InlineData(12, 40UL, 4, 40, "checksum")]
    [InlineData(16, 512UL, 8, 40, "checksum")]
    [InlineData(TableOffset, 7UL, 4, TableOffset, "place 5")]
    [InlineData(TableOffset + 8, uint.MaxValue, 4, TableOffset + 8, "place 4294967293")]
    [InlineData(TableOffset + 4, 2UL, 4, TableOffset + 4, "where another one is")]
    public void Damaged_overlay_is_refused_with_its_place(int at, ulong value, int length, int offset, string message)
    {
        MakeOverlay();
        var bytes = File.ReadAllBytes(OverlayPath);
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(number, value);
        number[..length].CopyTo(bytes.AsSpan(at));
        File.WriteAllBytes(OverlayPath, bytes);
        var refusal = Refusal();
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
        Assert.Equal((OverlayPath, (ulong)offset), (refusal.Image, refusal.Offset));
    }

    [Theory]
    [InlineData(1, 0, "begins with")]
    [InlineData(5000, 5000, "cut off")]
    [InlineData(DataOffset + Cluster, TableOffset + 8, "place 1")]
    public void Short_overlay_is_refused_with_its_place(int length, int offset, string message)
    {
        MakeOverlay();
        using (var file = File.OpenWrite(OverlayPath))
            file.SetLength(length);
        var refusal = Refusal();
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
        Assert.Equal((ulong)offset, refusal.Offset);
    }

    [Fact]
    public void Long_overlay_costs_no_memory_and_is_refused()
    {
        MakeOverlay();
        using (var file = File.OpenWrite(OverlayPath))
            file.SetLength(1L << 42);
        Assert.Contains("clusters", Refusal().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Overlay_of_another_disk_is_refused()
    {
        MakeOverlay();
        File.WriteAllBytes(BasePath, _base[..^512]);
        Assert.Contains($"a disk of {Length} bytes", Refusal().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Random_damage_gives_a_refusal_or_a_disk()
    {
        MakeOverlay();
        var bytes = File.ReadAllBytes(OverlayPath);
        Random random = new(5);
        for (var i = 0; i < 300; i++)
        {
            var damaged = (byte[])bytes.Clone();
            for (var j = random.Next(1, 4); j > 0; j--)
                damaged[random.Next(2) == 0 ? random.Next(64) : TableOffset + random.Next(24)] = (byte)random.Next(256);
            File.WriteAllBytes(OverlayPath, damaged);
            try
            {
                using var disk = Open();
                ContentOf(disk);
            }
            catch (ImageException)
            {
                // As it should be.
            }
        }
    }

    public void Dispose() => _folder.Dispose();

    private void MakeOverlay()
    {
        using var disk = Open();
        disk.Write(0, Filled(1));
        disk.Write(2 * Cluster, Filled(2));
    }

    private ImageException Refusal() => Assert.Throws<ImageException>(() => Open());

    private OverlayDisk Open(string name = "overlay")
    {
        FileDisk basis = new(BasePath, isReadOnly: true);
        try
        {
            return OverlayDisk.Open(basis, _folder.File(name));
        }
        catch
        {
            basis.Dispose();
            throw;
        }
    }

    private static byte[] Filled(byte value) => [.. Enumerable.Repeat(value, Cluster)];

    private static byte[] ContentOf(OverlayDisk disk)
    {
        var content = new byte[disk.Length];
        disk.Read(0, content);
        return content;
    }
}
