using System.Linq;
using VmcsGen.Kvm.Tests.Testing;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Kvm;
using Xunit;

namespace VmcsGen.Kvm.Tests.Nested;

/// <summary>The VMX capability MSRs that KVM offers, read in three ways.</summary>
public class OfferedCapabilitiesTests
{
    [Fact]
    public void Feature_MSRs_of_the_host_are_what_a_guest_hypervisor_reads()
    {
        using var host = TestHost.Open(KvmCapability.NestedState, KvmCapability.GetMsrFeatures);
        Assert.SkipUnless(CpuidBuilder.FromSupported(host)[CpuidFeature.Vmx], "This host's KVM offers no nested VMX.");
        uint[] indices = [.. host.GetMsrFeatureIndexList().Where(static index => index is >= 0x480 and <= 0x493)];
        Assert.InRange(indices.Length, 15, 20);
        var values = new MsrValues();
        foreach (var index in indices)
        {
            var msr = new KvmBuffer<KvmMsrs, KvmMsrEntry>([new KvmMsrEntry { Index = index }]);
            Assert.Equal(1, host.GetMsrs(msr));
            values[(VmxMsr)index] = msr.Entries[0].Data;
        }
        using var machine = KvmRingZeroMachine.Start(host);
        var seen = machine.Cpu.Capabilities;

        // KVM makes IA32_VMX_CR4_FIXED1 of the guest's CPUID, and IA32_VMX_VMCS_ENUM of what it offers: they are of the vCPU.
        var offered = VmxCapabilities.Read(values);
        var differences = offered.FindDifferences(seen).Select(static difference => difference.ToString()).ToArray();
        Assert.All(differences, static difference => Assert.Contains("CR4", difference, System.StringComparison.Ordinal));
        Assert.Empty(VmxHypervisor.Capabilities(machine.Vcpu).FindDifferences(seen));
        Assert.True(seen.SecondaryProcessorBased.CanBeOne(new() { EnableEpt = true }));
    }
}
