using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Kvm.Tests.Testing;
using VmcsGen.Vmx.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Observation;

/// <summary>KVM's statistics as the kernel itself describes them.</summary>
public class DecodedStatistics
{
    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void Exits_of_the_vCPU_are_counted(GuestMode mode)
    {
        using var guest = Create(mode);
        using var statistics = guest.Vcpu.OpenStatistics();
        var exits = statistics["exits"];
        var before = statistics.Read(exits);

        for (var i = 0; i < 5; i++)
            guest.RunToOut(GuestPrograms.Port);

        Assert.InRange(statistics.Read(exits) - before, 5ul, 500ul); // The host's own interrupts may add some.
        Assert.Matches("^kvm-[0-9]+/vcpu-0$", statistics.Id);
        Assert.Equal((KvmStatsType.Cumulative, KvmStatsUnit.None, 1), (exits.Type, exits.Unit, exits.Count));
        Assert.Equal("exits: Cumulative", exits.ToString());
    }

    [Fact]
    public void Names_and_values_are_those_of_the_file()
    {
        using var guest = Create();
        guest.RunToOut(GuestPrograms.Port);
        foreach (var open in new Func<Microsoft.Win32.SafeHandles.SafeFileHandle>[] { guest.Vm.GetStatsFd, guest.Vcpu.GetStatsFd })
        {
            using var file = open();
            using var statistics = KvmStatistics.Open(open());

            var raw = StatisticsFile.ReadAll(file);
            var values = new ulong[statistics.ValueCount];
            statistics.Read(values);

            Assert.NotEmpty(raw);
            Assert.Equal(StatisticsFile.ReadId(file), statistics.Id);
            Assert.Equal(raw.Keys, statistics.Items.Select(static item => item.Name));
            Assert.All(statistics.Items, item => Assert.Equal(raw[item.Name], item.ValueIn(values)));
            Assert.All(statistics.Items, item => Assert.Equal(item.Count, item.ValuesIn(values).Length));
            // No two statistics share a value.
            Assert.Equal(statistics.Items.Sum(static item => item.Count), statistics.Items.SelectMany(Places).Distinct().Count());
        }

        static IEnumerable<int> Places(KvmStatistic item) => Enumerable.Range(item.Index, item.Count);
    }

    [Fact]
    public void Every_type_that_KVM_uses_is_decoded()
    {
        using var guest = Create();
        using var ofVm = guest.Vm.OpenStatistics();
        using var ofVcpu = guest.Vcpu.OpenStatistics();
        KvmStatistic[] items = [.. ofVm.Items, .. ofVcpu.Items];

        Assert.All(items, static item => Assert.True(Enum.IsDefined(item.Type) && Enum.IsDefined(item.Unit) && Enum.IsDefined(item.Base)));
        Assert.All(items, static item => Assert.Equal(item.IsHistogram, item.Count > 1));

        // Times of halting are in nanoseconds, alone and in a histogram. Source: Documentation/virt/kvm/api.rst 4.133.
        var wait = ofVcpu["halt_wait_ns"];
        Assert.Equal((KvmStatsUnit.Seconds, KvmStatsBase.Pow10, -9, 1e-9), (wait.Unit, wait.Base, wait.Exponent, wait.Scale));
        Assert.Equal("halt_wait_ns: Cumulative, Seconds x 10^-9", wait.ToString());
        var histogram = ofVcpu["halt_wait_hist"];
        Assert.Equal(KvmStatsType.LogHist, histogram.Type);
        Assert.Equal($"halt_wait_hist: LogHist of {histogram.Count} buckets, Seconds x 10^-9", histogram.ToString());
        Assert.Equal(new KvmStatisticBucket(0, 1), histogram.Bucket(0));
        Assert.Equal(new KvmStatisticBucket(1, 2), histogram.Bucket(1));
        Assert.Equal(new KvmStatisticBucket(2, 4), histogram.Bucket(2));
        Assert.Equal(new KvmStatisticBucket(1ul << (histogram.Count - 2), null), histogram.Bucket(histogram.Count - 1));
        Assert.Equal("[2, 4)", histogram.Bucket(2).ToString());
        Assert.EndsWith(", ∞)", histogram.Bucket(histogram.Count - 1).ToString(), StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => histogram.Bucket(histogram.Count));
        Assert.Throws<ArgumentOutOfRangeException>(() => histogram.Bucket(-1));
        Assert.Throws<InvalidOperationException>(() => wait.Bucket(0));

        Assert.Contains(items, static item => item.Type == KvmStatsType.Instant);
        Assert.Contains(items, static item => item.Type == KvmStatsType.Peak);
    }

    [Fact]
    public void Reading_the_values_again_allocates_nothing()
    {
        using var guest = Create();
        using var statistics = guest.Vcpu.OpenStatistics();
        var values = new ulong[statistics.ValueCount + 3];
        var exits = statistics["exits"];
        var sum = 0ul;
        ReadOften(10);

        Assert.Equal(0, Allocation.Of(() => ReadOften(1000)));
        Assert.NotEqual(0ul, sum);

        void ReadOften(int times)
        {
            _ = guest.Run().Reason;
            for (var i = 0; i < times; i++)
            {
                statistics.Read(values);
                sum += exits.ValueIn(values);
            }
        }
    }

    [Fact]
    public void Room_for_fewer_values_is_refused_and_the_message_says_how_many_there_are()
    {
        using var guest = Create();
        using var statistics = guest.Vm.OpenStatistics();

        var refusal = Assert.Throws<ArgumentException>(() => statistics.Read(new ulong[statistics.ValueCount - 1]));

        Assert.Contains($"has {statistics.ValueCount} values", refusal.Message, StringComparison.Ordinal);
        Assert.Matches("^kvm-[0-9]+$", statistics.Id);
        Assert.Contains("remote_tlb_flush", statistics.Items.Select(static item => item.Name));
        Assert.False(statistics.TryFind("exits", out _));
        Assert.Contains(
            "has no statistic 'exits'",
            Assert.Throws<KeyNotFoundException>(() => statistics["exits"]).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Statistics_outlive_the_vCPU_and_release_their_descriptor()
    {
        var before = KvmResources.Count();
        var guest = Create();
        guest.RunToOut(GuestPrograms.Port);
        var statistics = guest.Vcpu.OpenStatistics();
        guest.Dispose();

        Assert.InRange(statistics.Read(statistics["exits"]), 1ul, 100ul);

        statistics.Dispose();
        statistics.Dispose();
        Assert.Equal(before, KvmResources.Count());
        Assert.Throws<ObjectDisposedException>(() => statistics.Read(new ulong[statistics.ValueCount]));
    }

    private static Guest Create(GuestMode mode = GuestMode.LongUser) =>
        Guest.Create(mode, GuestPrograms.ReportForEver, null, KvmCapability.BinaryStatsFd);
}
