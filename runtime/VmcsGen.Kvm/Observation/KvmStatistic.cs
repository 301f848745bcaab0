using System;
using System.Globalization;

namespace VmcsGen.Kvm;

/// <summary>
/// One statistic of a VM or vCPU: what it is called, what it counts, and where its values are among those that
/// <see cref="KvmStatistics.Read(Span{ulong})"/> gives. Source: Documentation/virt/kvm/api.rst 4.133.
/// </summary>
[NativeName("kvm_stats_desc")]
public sealed class KvmStatistic
{
    internal KvmStatistic(string name, KvmStatsDesc descriptor)
    {
        Name = name;
        Type = (KvmStatsType)(descriptor.Flags & KvmStatsFields.TypeMask);
        Unit = (KvmStatsUnit)(descriptor.Flags & KvmStatsFields.UnitMask);
        Base = (KvmStatsBase)(descriptor.Flags & KvmStatsFields.BaseMask);
        Exponent = descriptor.Exponent;
        Scale = Math.Pow(Base == KvmStatsBase.Pow2 ? 2 : 10, Exponent);
        Count = descriptor.Size;
        Index = (int)(descriptor.Offset / sizeof(ulong));
        BucketSize = descriptor.BucketSize;
    }

    /// <summary>The kernel's name, such as <c>halt_wait_ns</c>.</summary>
    public string Name { get; }

    /// <summary>How the values come about; may be a type that this library does not know.</summary>
    public KvmStatsType Type { get; }

    /// <summary>What is measured; may be a unit that this library does not know.</summary>
    public KvmStatsUnit Unit { get; }

    /// <summary>What <see cref="Exponent"/> is a power of.</summary>
    public KvmStatsBase Base { get; }

    /// <summary>A value counts <see cref="Unit"/> times <see cref="Base"/> to the power of this: -9 for nanoseconds.</summary>
    public int Exponent { get; }

    /// <summary>How many units a value of 1 is: 1E-9 for nanoseconds.</summary>
    public double Scale { get; }

    /// <summary>Number of values: 1, or the buckets of a histogram.</summary>
    public int Count { get; }

    /// <summary>Place of the first value.</summary>
    public int Index { get; }

    /// <summary>Width of a bucket of a linear histogram, in the same measure as the values counted; else 0.</summary>
    public uint BucketSize { get; }

    /// <summary>Whether each value counts the events in one bucket.</summary>
    public bool IsHistogram => Type is KvmStatsType.LinearHist or KvmStatsType.LogHist;

    /// <summary>The value of a plain statistic, or the first bucket of a histogram.</summary>
    /// <param name="values">What <see cref="KvmStatistics.Read(Span{ulong})"/> gave.</param>
    public ulong ValueIn(ReadOnlySpan<ulong> values) => values[Index];

    /// <summary>All values, one for each bucket of a histogram.</summary>
    /// <param name="values">What <see cref="KvmStatistics.Read(Span{ulong})"/> gave.</param>
    public ReadOnlySpan<ulong> ValuesIn(ReadOnlySpan<ulong> values) => values.Slice(Index, Count);

    /// <summary>What a bucket counts, in the measure that <see cref="Unit"/> and <see cref="Scale"/> tell.</summary>
    /// <param name="index">The bucket, 0 to <see cref="Count"/> - 1.</param>
    /// <exception cref="InvalidOperationException">This is not a histogram.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such bucket.</exception>
    public KvmStatisticBucket Bucket(int index)
    {
        if (!IsHistogram)
            throw new InvalidOperationException($"'{Name}' is of type {Type} and has no buckets.");
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return new KvmStatisticBucket(StartOf(index), index == Count - 1 ? null : StartOf(index + 1));
    }

    /// <summary>The name, the type and the measure, such as <c>halt_wait_ns: Cumulative, Seconds x 10^-9</c>.</summary>
    public override string ToString()
    {
        string unit = Unit == KvmStatsUnit.None ? "" : $", {Unit}";
        string scale = Exponent == 0 ? "" : $" x {(Base == KvmStatsBase.Pow2 ? 2 : 10)}^{Exponent}";
        string buckets = IsHistogram ? $" of {Count.ToString(CultureInfo.InvariantCulture)} buckets" : "";
        return $"{Name}: {Type}{buckets}{unit}{scale}";
    }

    // A logarithmic histogram has the buckets 0, 1, 2 to 3, 4 to 7 and so on; a shift by 64 and more would wrap.
    private ulong StartOf(int bucket) =>
        Type == KvmStatsType.LinearHist
            ? (ulong)bucket * BucketSize
            : bucket switch
            {
                0 => 0,
                <= 64 => 1UL << (bucket - 1),
                _ => ulong.MaxValue,
            };
}
