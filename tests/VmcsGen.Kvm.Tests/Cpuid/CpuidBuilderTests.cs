using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.Intrinsics.X86;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Cpuid;

/// <summary>CPUID answers begun from what the host offers and changed by name or by leaf.</summary>
public class CpuidBuilderTests
{
    [Fact]
    public void Supported_answers_are_taken_over_and_accepted()
    {
        using var host = TestHost.Open(KvmCapability.ExtCpuid);
        using var vm = host.CreateVm();
        using var vcpu = vm.CreateVcpu(0);

        var cpuid = CpuidBuilder.FromSupported(host);
        vcpu.SetCpuid2(cpuid);

        Assert.Equal(host.GetSupportedCpuid().Count, cpuid.Entries.Count);
        Assert.Empty(CpuidAnswers.LostIn(vcpu.GetCpuid2().Entries, cpuid.ToBuffer().Entries));
        Assert.Equal(12, cpuid.Vendor.Length);
        Assert.True(cpuid[CpuidFeature.Sse2] && cpuid[CpuidFeature.LongMode] && cpuid[CpuidFeature.Cmpxchg8b]);
    }

    [Fact]
    public void Vendor_and_brand_are_read_back_by_name_from_KVM_and_by_the_guest()
    {
        using var guest = Guest.Create(
            GuestMode.Real,
            static code =>
            {
                code.@in(eax, 0x10);
                code.cpuid();
                code.@out(0x11, eax);
            }
        );
        var cpuid = CpuidBuilder.FromSupported(guest.Host);
        cpuid.Vendor = "GenuineIntel";
        cpuid.BrandString = "A processor for tests, not for sale";
        guest.Vcpu.SetCpuid2(cpuid);

        var back = new CpuidBuilder(guest.Vcpu.GetCpuid2().Entries);
        Assert.Equal("GenuineIntel", back.Vendor);
        Assert.Equal("A processor for tests, not for sale", back.BrandString);
        guest.RunToIn(0x10, 0x8000_0002);
        Assert.Equal(BitConverter.ToUInt32("A pr"u8), guest.RunToOut(0x11));
    }

    // SDM 2A, CPUID: leaf 1 has 8 bits of the id, leaves BH and 1FH all of it; AMD APM 3: 8000001EH and 80000026H.
    [Fact]
    public void The_APIC_id_is_told_in_every_leaf_that_has_it()
    {
        var cpuid = new CpuidBuilder([
            new()
            {
                Function = 1,
                Ebx = 0xFF12_3456,
                Edx = 7,
            },
            new()
            {
                Function = 2,
                Eax = 9,
                Edx = 9,
            },
            new() { Function = 0xB, Index = 0 },
            new()
            {
                Function = 0xB,
                Index = 1,
                Ebx = 4,
            },
            new() { Function = 0x1F },
            new() { Function = 0x8000_001E, Ebx = 3 },
            new() { Function = 0x8000_0026 },
        ]);
        cpuid.SetApicId(0x123);

        Assert.Equal(
            [
                (1u, 0u, 0x2312_3456u, 7u),
                (2u, 9u, 0u, 9u),
                (0xBu, 0u, 0u, 0x123u),
                (0xBu, 0u, 4u, 0x123u),
                (0x1Fu, 0u, 0u, 0x123u),
                (0x8000_001Eu, 0x123u, 3u, 0u),
                (0x8000_0026u, 0u, 0u, 0x123u),
            ],
            cpuid.Entries.ToArray().Select(static entry => (entry.Function, entry.Eax, entry.Ebx, entry.Edx))
        );
    }

    [Theory]
    [InlineData("Genuine")]
    [InlineData("GenuineIntel+")]
    [InlineData("GenuineInt€l")]
    public void Vendor_that_is_not_12_ASCII_characters_is_refused(string vendor) =>
        Assert.Throws<ArgumentException>(() => new CpuidBuilder().Vendor = vendor);

    [Fact]
    public void Brand_of_48_characters_fits_and_a_longer_one_is_refused()
    {
        var cpuid = new CpuidBuilder { BrandString = new string('x', 48) };

        Assert.Equal(new string('x', 48), cpuid.BrandString);
        Assert.Equal(3, cpuid.Entries.Count);
        cpuid.BrandString = "short";
        Assert.Equal("short", cpuid.BrandString);
        Assert.Throws<ArgumentException>(() => cpuid.BrandString = new string('x', 49));
        Assert.Equal("", new CpuidBuilder().BrandString);
        Assert.Equal("", new CpuidBuilder().Vendor);
    }

    [Fact]
    public void Features_stand_where_Linux_finds_those_that_it_names()
    {
        var line = File.ReadLines("/proc/cpuinfo").First(static line => line.StartsWith("flags", StringComparison.Ordinal));
        var flags = line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet();
        var processor = OfThisProcessor();
        // Linux sets this flag itself on AMD's processors with 64-bit mode, whatever CPUID says.
        flags.Remove("3dnowprefetch");
        var named = Enum.GetValues<CpuidFeature>().Where(feature => NativeName(feature) is { } name && flags.Contains(name)).ToArray();

        Assert.All(named, feature => Assert.True(processor[feature], $"{feature}, {NativeName(feature)} in Linux"));
        Assert.True(named.Length > 40, $"Only {named.Length} flags of /proc/cpuinfo are known.");
    }

    [Fact]
    public void Features_are_all_of_different_bits()
    {
        var features = Enum.GetNames<CpuidFeature>();

        Assert.Equal(features.Length, Enum.GetValues<CpuidFeature>().Distinct().Count());
        foreach (var feature in Enum.GetValues<CpuidFeature>())
        {
            var cpuid = new CpuidBuilder();
            Assert.False(cpuid[feature]);
            cpuid[feature] = false;
            Assert.Empty(cpuid.Entries);
            cpuid[feature] = true;
            Assert.Equal([feature], Enum.GetValues<CpuidFeature>().Where(other => cpuid[other]));
            cpuid[feature] = false;
            Assert.False(cpuid[feature]);
        }
    }

    [Theory]
    [InlineData(CpuidFeature.Vmx, 1, 0, 2, 5)]
    [InlineData(CpuidFeature.Hypervisor, 1, 0, 2, 31)]
    [InlineData(CpuidFeature.Avx2, 7, 0, 1, 5)]
    [InlineData(CpuidFeature.Lam, 7, 1, 0, 26)]
    [InlineData(CpuidFeature.Xsaves, 0xD, 1, 0, 3)]
    [InlineData(CpuidFeature.KvmClock2, 0x4000_0001, 0, 0, 3)]
    [InlineData(CpuidFeature.Svm, 0x8000_0001, 0, 2, 2)]
    [InlineData(CpuidFeature.LongMode, 0x8000_0001, 0, 3, 29)]
    public void Feature_is_the_bit_that_the_manual_says(CpuidFeature feature, uint leaf, uint subleaf, int register, int bit)
    {
        var cpuid = new CpuidBuilder { [feature] = true };

        Assert.True(cpuid.TryFind(leaf, subleaf, out var entry));
        var expected = new uint[4];
        expected[register] = 1u << bit;
        Assert.Equal(expected, new[] { entry.Eax, entry.Ebx, entry.Ecx, entry.Edx });
    }

    [Fact]
    public void Leaves_are_edited_added_replaced_and_removed()
    {
        var cpuid = new CpuidBuilder(new KvmCpuidEntry2 { Function = 0, Eax = 4 });

        cpuid.Edit(0x15, 0, static (ref entry) => (entry.Eax, entry.Ecx, entry.Function) = (2, 24_000_000, 99));
        Assert.True(cpuid.TryFind(0x15, 0, out var crystal));
        Assert.Equal((2u, 24_000_000u, default), (crystal.Eax, crystal.Ecx, crystal.Flags));
        Assert.True(cpuid.TryFind(0, 0, out var first));
        Assert.Equal(0x15u, first.Eax); // The highest leaf.
        cpuid.Edit(7, 3, static (ref entry) => entry.Ebx = 1);
        Assert.True(cpuid.TryFind(7, 3, out var subleaf));
        Assert.Equal((3u, KvmCpuidFlags.SignificantIndex), (subleaf.Index, subleaf.Flags));
        Assert.False(cpuid.TryFind(7, 2, out _));
        cpuid.Set(new KvmCpuidEntry2 { Function = 0x15, Eax = 3 });
        Assert.True(cpuid.TryFind(0x15, 55, out crystal));
        Assert.Equal((3u, 0u), (crystal.Eax, crystal.Ecx));
        var copy = cpuid.Clone();
        Assert.True(cpuid.Remove(7));
        Assert.False(cpuid.Remove(7));
        Assert.Equal(3, copy.Entries.Count);
        Assert.Equal(2, cpuid.ToBuffer().Count);
        Assert.Throws<ArgumentNullException>(() => cpuid.Edit(1, 0, null!));
    }

    [Theory]
    [InlineData(0x0u, 1, 1, 0, 0)]
    [InlineData(0x5u, 4, 2, 1, 3)]
    [InlineData(0xBu, 6, 1, 0, 3)]
    [InlineData(0x1A5u, 3, 2, 1, 3)]
    public void Topology_tells_how_many_bits_of_the_APIC_id_are_thread_and_core(
        uint apicId,
        int cores,
        int threads,
        uint threadBits,
        uint packageBits
    )
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var vcpu = vm.CreateVcpu(0);
        var cpuid = CpuidBuilder.FromSupported(host);

        cpuid.SetTopology(apicId, cores, threads);

        Assert.True(cpuid.TryFind(0xB, 0, out var thread));
        Assert.True(cpuid.TryFind(0xB, 1, out var core));
        Assert.True(cpuid.TryFind(0xB, 2, out var end));
        Assert.Equal((threadBits, (uint)threads, 0x100u, apicId), (thread.Eax, thread.Ebx, thread.Ecx, thread.Edx));
        Assert.Equal((packageBits, (uint)(threads * cores), 0x201u, apicId), (core.Eax, core.Ebx, core.Ecx, core.Edx));
        Assert.Equal((0u, 0u, 2u), (end.Eax, end.Ebx, end.Ecx));
        Assert.True(cpuid.TryFind(1, 0, out var leaf1));
        Assert.Equal((apicId & 0xFF, 1u << (int)packageBits), (leaf1.Ebx >> 24, leaf1.Ebx >> 16 & 0xFF));
        Assert.Equal(cores * threads > 1, cpuid[CpuidFeature.HyperThreading]);
        vcpu.SetCpuid2(cpuid);
    }

    [Fact]
    public void Caches_are_shared_by_the_threads_of_a_core_and_the_last_by_the_package()
    {
        // Deterministic cache parameters of an L1 and an L3. Source: SDM 2A, CPUID leaf 4.
        var cpuid = new CpuidBuilder(
            new KvmCpuidEntry2
            {
                Function = 4,
                Index = 0,
                Flags = KvmCpuidFlags.SignificantIndex,
                Eax = 0x21,
            },
            new KvmCpuidEntry2
            {
                Function = 4,
                Index = 1,
                Flags = KvmCpuidFlags.SignificantIndex,
                Eax = 0x63,
            }
        );

        cpuid.SetTopology(0, coresPerPackage: 6, threadsPerCore: 2);

        Assert.Equal([(1u, 7u), (15u, 7u)], cpuid.Entries.Take(2).Select(static entry => (entry.Eax >> 14 & 0xFFF, entry.Eax >> 26)));
        Assert.Equal([0x21u, 0x63u], cpuid.Entries.Take(2).Select(static entry => entry.Eax & 0x3FFF));
        Assert.Throws<ArgumentOutOfRangeException>(() => cpuid.SetTopology(0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => cpuid.SetTopology(0, 1, 257));
    }

    [Fact]
    public void Processors_that_no_package_has_are_refused()
    {
        var cpuid = new CpuidBuilder(new KvmCpuidEntry2 { Function = 1 });

        foreach (var apicId in new uint[] { 6, 7, 0xE })
        {
            var refusal = Assert.Throws<ArgumentException>(() => cpuid.SetTopology(apicId, coresPerPackage: 6));
            Assert.Contains($"core {apicId & 7}", refusal.Message, StringComparison.Ordinal);
            Assert.Contains(nameof(CpuidBuilder.ApicIdOf), refusal.Message, StringComparison.Ordinal);
        }
        Assert.Throws<ArgumentException>(() => cpuid.SetTopology(3, 2, threadsPerCore: 3));
        cpuid.SetTopology(5, coresPerPackage: 6);
    }

    [Theory]
    [InlineData(6, 1, new uint[] { 0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13, 16 })]
    [InlineData(2, 3, new uint[] { 0, 1, 2, 4, 5, 6, 8, 9 })]
    [InlineData(4, 2, new uint[] { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 })]
    [InlineData(1, 1, new uint[] { 0, 1, 2 })]
    public void Ids_are_those_of_the_processors_that_there_are(int cores, int threads, uint[] ids)
    {
        var cpuid = new CpuidBuilder(new KvmCpuidEntry2 { Function = 1 });
        for (var i = 0; i < ids.Length; i++)
        {
            Assert.Equal(ids[i], CpuidBuilder.ApicIdOf(i, cores, threads));
            cpuid.SetTopology(ids[i], cores, threads);
        }
    }

    [Fact]
    public void Leaves_of_AMD_tell_the_same_as_those_of_Intel()
    {
        var cpuid = new CpuidBuilder(
            new KvmCpuidEntry2 { Function = 0x8000_0001 },
            new KvmCpuidEntry2 { Function = 0x8000_0008, Ecx = 0x1000 },
            new KvmCpuidEntry2
            {
                Function = 0x8000_001D,
                Index = 0,
                Flags = KvmCpuidFlags.SignificantIndex,
                Eax = 0x21,
            },
            new KvmCpuidEntry2
            {
                Function = 0x8000_001D,
                Index = 1,
                Flags = KvmCpuidFlags.SignificantIndex,
                Eax = 0x63,
            },
            new KvmCpuidEntry2 { Function = 0x8000_001E },
            new KvmCpuidEntry2
            {
                Function = 0x8000_0026,
                Index = 0,
                Flags = KvmCpuidFlags.SignificantIndex,
            }
        );

        cpuid.SetTopology(0xB, coresPerPackage: 6, threadsPerCore: 2);

        Assert.True(cpuid[CpuidFeature.LegacyMultiCore]);
        Assert.Equal((0x8000_0001u, 0x2u), ((uint)CpuidFeature.LegacyMultiCore & 0xC000_0000 | 1, EcxOf(0x8000_0001, 0)));
        Assert.Equal(11u | 4 << 12, EcxOf(0x8000_0008, 0));
        Assert.Equal([1u, 15u], new[] { EaxOf(0x8000_001D, 0), EaxOf(0x8000_001D, 1) }.Select(static eax => eax >> 14 & 0xFFF));
        Assert.Equal([0u, 0u], new[] { EaxOf(0x8000_001D, 0), EaxOf(0x8000_001D, 1) }.Select(static eax => eax >> 26));
        Assert.Equal(0xBu, EaxOf(0x8000_001E, 0));
        Assert.True(cpuid.TryFind(0x8000_0026, 0, out var thread));
        Assert.True(cpuid.TryFind(0x8000_0026, 1, out var core));
        Assert.Equal((1u, 2u, 0x100u, 0xBu), (thread.Eax, thread.Ebx, thread.Ecx, thread.Edx));
        Assert.Equal((4u, 12u, 0x201u, 0xBu), (core.Eax, core.Ebx, core.Ecx, core.Edx));

        uint EaxOf(uint leaf, uint subleaf) => cpuid.TryFind(leaf, subleaf, out var entry) ? entry.Eax : 0;
        uint EcxOf(uint leaf, uint subleaf) => cpuid.TryFind(leaf, subleaf, out var entry) ? entry.Ecx : 0;
    }

    private static string? NativeName(CpuidFeature feature) =>
        typeof(CpuidFeature).GetField(feature.ToString())!.GetCustomAttribute<NativeNameAttribute>()?.Name;

    private static CpuidBuilder OfThisProcessor()
    {
        List<KvmCpuidEntry2> entries = [];
        foreach (
            var (leaf, subleaf) in new (uint, uint)[]
            {
                (1, 0),
                (7, 0),
                (7, 1),
                (0xD, 1),
                (0x8000_0001, 0),
                (0x8000_0007, 0),
                (0x8000_0008, 0),
            }
        )
        {
            var (eax, ebx, ecx, edx) = X86Base.CpuId((int)leaf, (int)subleaf);
            entries.Add(
                new()
                {
                    Function = leaf,
                    Index = subleaf,
                    Flags = KvmCpuidFlags.SignificantIndex,
                    Eax = (uint)eax,
                    Ebx = (uint)ebx,
                    Ecx = (uint)ecx,
                    Edx = (uint)edx,
                }
            );
        }
        return new CpuidBuilder([.. entries]);
    }
}
