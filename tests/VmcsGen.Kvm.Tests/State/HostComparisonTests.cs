using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.State;

/// <summary>A host is compared with the one that a guest was captured on, before anything is restored there.</summary>
public class HostComparisonTests
{
    private const uint NoMsr = 0x1234_5678;
    private const uint ArchCapabilities = 0x10A;

    [Fact]
    public void Host_is_kept_with_the_state_and_does_not_differ_from_itself()
    {
        using var host = TestHost.Open();
        using var state = SnapshotBytes.Load(SnapshotFileTests.Sample());

        var (kept, now) = (state.Host!, host.Fingerprint);
        Assert.Equal(now.Cpuid.Select(Registers), kept.Cpuid.Select(Registers));
        Assert.Equal(now.Msrs, kept.Msrs);
        Assert.Equal(now.FeatureMsrs, kept.FeatureMsrs);
        Assert.Equal(now.Capabilities, kept.Capabilities);
        Assert.NotEmpty(now.Cpuid);
        Assert.NotEmpty(now.Msrs);
        Assert.Empty(state.FindDifferences(host));
    }

    [Fact]
    public void Everything_that_the_host_lacks_is_named_and_nothing_is_touched()
    {
        using var host = TestHost.Open();
        using var state = SnapshotBytes.Load(SnapshotFileTests.Sample());
        var vcpu = state.Vcpus[0];
        var then = state.Host!;
        var here = CpuidBuilder.FromSupported(host);
        var absent = Enum.GetValues<CpuidFeature>()
            .First(feature => !here[feature] && here.TryFind(7, 0, out _) && IsOfLeaf7(here, feature));

        var offered = here.Clone();
        offered[absent] = true;
        then.Cpuid = [.. offered.Entries];
        vcpu.SetCpuid(offered);
        then.Msrs = [.. then.Msrs, NoMsr];
        vcpu.SetMsr(NoMsr, 5);
        then.FeatureMsrs = [new KvmMsrEntry { Index = ArchCapabilities, Data = 0x8000_0000_0000_0001 }];
        vcpu.SetMsr(ArchCapabilities, 0x8000_0000_0000_0001);
        KvmXcrs xcrs = new() { NrXcrs = 1 };
        xcrs.Xcrs[0].Value = 1ul << 62 | 3;
        vcpu.Xcrs = xcrs;

        var names = state.FindDifferences(host).Select(static difference => difference.Name).ToArray();

        Assert.Equal([$"CPUID {absent}", "XCR0", $"MSR 0x{NoMsr:X}", $"feature MSR 0x{ArchCapabilities:X}"], names);
        using var vm = host.CreateVm();
        using var fresh = vm.CreateVcpu(0);
        var refusal = Assert.Throws<NotSupportedException>(() => state.RestoreTo(host, vm, fresh));
        Assert.All(names, name => Assert.Contains(name, refusal.Message, StringComparison.Ordinal));
        Assert.Empty(vm.SlotTable.All());
        Assert.Throws<NotSupportedException>(() => new VmTemplate(host, state));
    }

    [Fact]
    public void Capability_counts_if_the_state_needs_it()
    {
        using var host = TestHost.Open();
        using var state = SnapshotBytes.Load(SnapshotFileTests.Sample());
        var now = new HostFingerprint
        {
            Cpuid = host.Fingerprint.Cpuid,
            Msrs = host.Fingerprint.Msrs,
            FeatureMsrs = host.Fingerprint.FeatureMsrs,
            Capabilities = new Dictionary<KvmCapability, int>(),
        };

        var names = HostComparison.Find(state, state.Host!, now).Select(static difference => difference.Name).ToArray();

        Assert.Contains("capability VcpuEvents", names);
        Assert.DoesNotContain("capability Irqchip", names);
        Assert.DoesNotContain("capability PitState2", names);
    }

    [Fact]
    public void Frequency_that_the_host_cannot_give_is_named()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var vcpu = vm.CreateVcpu(0);
        using var state = VmState.Capture(host, vm, vcpu);
        Assert.SkipUnless(state.Vcpus[0].TscKhz is > 0, "This KVM does not tell the frequency.");
        state.Vcpus[0].TscKhz *= 2;
        using var other = host.CreateVm();
        using var fresh = other.CreateVcpu(0);
        if (other.Has(KvmCapability.TscControl))
        {
            state.RestoreTo(host, other, fresh);
            return;
        }

        var refusal = Assert.Throws<NotSupportedException>(() => state.RestoreTo(host, other, fresh));

        Assert.Contains("TSC frequency of vCPU 0", refusal.Message, StringComparison.Ordinal);
    }

    // A feature whose leaf the host has, so that telling of it adds no leaf.
    private static bool IsOfLeaf7(CpuidBuilder here, CpuidFeature feature)
    {
        var changed = here.Clone();
        changed[feature] = true;
        return changed.Entries.Count == here.Entries.Count
            && changed.TryFind(7, 0, out var after)
            && here.TryFind(7, 0, out var before)
            && Registers(after) != Registers(before);
    }

    private static (uint, uint, uint, uint, uint, uint) Registers(KvmCpuidEntry2 entry) =>
        (entry.Function, entry.Index, entry.Eax, entry.Ebx, entry.Ecx, entry.Edx);
}
