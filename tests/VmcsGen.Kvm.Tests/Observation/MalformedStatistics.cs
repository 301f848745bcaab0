using System;
using System.IO;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace VmcsGen.Kvm.Tests.Observation;

/// <summary>Files that claim to be statistics: no kernel is needed to read one.</summary>
public class MalformedStatistics
{
    private const int NameSize = 16;
    private const uint IdOffset = 24;
    private const uint DescOffset = IdOffset + NameSize;

    [Fact]
    public void Well_formed_file_is_decoded_by_its_own_descriptors()
    {
        using var statistics = KvmStatistics.Open(
            FileOf(
                [10, 20, 30, 40, 50],
                (Flags(KvmStatsType.Peak, KvmStatsUnit.Bytes, KvmStatsBase.Pow2), 10, 1, 32, 0, "peak_kib"),
                (Flags(KvmStatsType.LinearHist, KvmStatsUnit.Cycles), 0, 3, 0, 100, "linear"),
                (0xABC, 0, 1, 24, 0, "of the future")
            )
        );

        Assert.Equal("an id", statistics.Id);
        Assert.Equal(5, statistics.ValueCount);
        var values = new ulong[5];
        statistics.Read(values);
        var peak = statistics["peak_kib"];
        Assert.Equal((50ul, 1024.0), (peak.ValueIn(values), peak.Scale));
        Assert.Equal("peak_kib: Peak, Bytes x 2^10", peak.ToString());
        var linear = statistics["linear"];
        Assert.Equal([10ul, 20, 30], linear.ValuesIn(values).ToArray());
        Assert.Equal(new KvmStatisticBucket(0, 100), linear.Bucket(0));
        Assert.Equal(new KvmStatisticBucket(100, 200), linear.Bucket(1));
        Assert.Equal(new KvmStatisticBucket(200, null), linear.Bucket(2));
        var future = statistics["of the future"];
        Assert.Equal((40ul, (KvmStatsType)0xC, false), (statistics.Read(future), future.Type, future.IsHistogram));
    }

    [Fact]
    public void Logarithmic_histogram_of_more_buckets_than_a_value_has_bits_does_not_wrap()
    {
        using var statistics = KvmStatistics.Open(
            FileOf(new ulong[70], (Flags(KvmStatsType.LogHist, KvmStatsUnit.None), 0, 70, 0, 0, "long"))
        );

        Assert.Equal(new KvmStatisticBucket(1ul << 63, ulong.MaxValue), statistics["long"].Bucket(64));
        Assert.Equal(new KvmStatisticBucket(ulong.MaxValue, null), statistics["long"].Bucket(69));
    }

    [Theory]
    [InlineData(0, "header would go on at offset 0, where the file ends")]
    [InlineData(23, "header would go on at offset 23, where the file ends")]
    [InlineData(30, "id would go on at offset 30, where the file ends")]
    [InlineData(50, "descriptor 0 of 1 would go on at offset 50, where the file ends")]
    [InlineData(60, "name of descriptor 0 of 1 would go on at offset 60, where the file ends")]
    [InlineData(79, "last value of descriptor 0 of 1, 'exits', would go on at offset 79, where the file ends")]
    public void File_that_ends_too_early_is_refused_where_it_ends(int length, string expected) => Refuses(Simple()[..length], expected);

    [Theory]
    [InlineData(4, 0u, "its header gives names 0 bytes, and 1 to 4096 are possible")]
    [InlineData(4, 4097u, "its header gives names 4097 bytes, and 1 to 4096 are possible")]
    [InlineData(12, 23u, "its header puts the id at offset 23, which is within the header of 24 bytes")]
    [InlineData(16, 0u, "its header puts the descriptors at offset 0, which is within the header of 24 bytes")]
    [InlineData(20, 16u, "its header puts the values at offset 16, which is within the header of 24 bytes")]
    [InlineData(8, uint.MaxValue, "descriptor 1 of 4294967295")]
    [InlineData(20, uint.MaxValue, "last value of descriptor 0 of 1, 'exits', would go on at offset 4294967295")]
    [InlineData(40 + 8, 4u, "descriptor 0 of 1, 'exits', has 1 values at offset 4; at least 1 at a multiple of 8 is possible")]
    [InlineData(40 + 4, 0u, "descriptor 0 of 1, 'exits', has 0 values at offset 0")]
    [InlineData(40, 3u, "descriptor 0 of 1, 'exits', is a linear histogram with buckets of width 0")]
    [InlineData(40 + 16, 0u, "descriptor 0 of 1 has no name")]
    public void Impossible_number_is_refused_and_named(int place, uint value, string expected)
    {
        var bytes = Simple();
        MemoryMarshal.Write(bytes.AsSpan(place), value);
        Refuses(bytes, expected);
    }

    [Fact]
    public void Refused_file_is_closed()
    {
        var file = FileOf(new byte[10]);

        Assert.Throws<InvalidDataException>(() => KvmStatistics.Open(file));

        Assert.True(file.IsClosed);
        Assert.Throws<ArgumentNullException>(() => KvmStatistics.Open(null!));
    }

    private static void Refuses(byte[] bytes, string expected)
    {
        var refusal = Assert.Throws<InvalidDataException>(() => KvmStatistics.Open(FileOf(bytes)));
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith("Give a descriptor that KVM_GET_STATS_FD returned.", refusal.Message, StringComparison.Ordinal);
    }

    // 80 bytes: header, id, a descriptor with the name "exits", one value.
    private static byte[] Simple() => BytesOf([7], (0, 0, 1, 0, 0, "exits"));

    private static uint Flags(KvmStatsType type, KvmStatsUnit unit, KvmStatsBase @base = KvmStatsBase.Pow10) =>
        (uint)type | (uint)unit | (uint)@base;

    private static SafeFileHandle FileOf(
        ulong[] values,
        params (uint Flags, short Exponent, ushort Size, uint Offset, uint BucketSize, string Name)[] items
    ) => FileOf(BytesOf(values, items));

    private static byte[] BytesOf(
        ulong[] values,
        params (uint Flags, short Exponent, ushort Size, uint Offset, uint BucketSize, string Name)[] items
    )
    {
        var step = Unsafe.SizeOf<KvmStatsDesc>() + NameSize;
        var dataOffset = (int)DescOffset + items.Length * step;
        var bytes = new byte[dataOffset + values.Length * sizeof(ulong)];
        MemoryMarshal.Write(
            bytes,
            new KvmStatsHeader
            {
                NameSize = NameSize,
                NumDesc = (uint)items.Length,
                IdOffset = IdOffset,
                DescOffset = DescOffset,
                DataOffset = (uint)dataOffset,
            }
        );
        Encoding.ASCII.GetBytes("an id", bytes.AsSpan((int)IdOffset));
        for (var i = 0; i < items.Length; i++)
        {
            var place = (int)DescOffset + i * step;
            var (flags, exponent, size, offset, bucketSize, name) = items[i];
            MemoryMarshal.Write(
                bytes.AsSpan(place),
                new KvmStatsDesc
                {
                    Flags = flags,
                    Exponent = exponent,
                    Size = size,
                    Offset = offset,
                    BucketSize = bucketSize,
                }
            );
            Encoding.ASCII.GetBytes(name, bytes.AsSpan(place + Unsafe.SizeOf<KvmStatsDesc>()));
        }
        MemoryMarshal.AsBytes(values.AsSpan()).CopyTo(bytes.AsSpan(dataOffset));
        return bytes;
    }

    private static SafeFileHandle FileOf(byte[] bytes)
    {
        var path = Path.GetTempFileName();
        File.WriteAllBytes(path, bytes);
        return File.OpenHandle(path, options: FileOptions.DeleteOnClose);
    }
}
