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

        // KVM takes from a vCPU what its CPUID does without: bits of CR4, and controls of instructions.
        var offered = VmxCapabilities.Read(values);
        var differences = offered.FindDifferences(seen);
        Assert.All(differences, static one => Assert.Matches("^(CR4|IA32_VMX_PROCBASED_CTLS2 .*)$", one.Register));
        Assert.True(offered.SecondaryProcessorBased.CanBeOne(seen.SecondaryProcessorBased.Allowed1));
        Assert.Empty(VmxHypervisor.Capabilities(machine.Vcpu).FindDifferences(seen));
        Assert.True(seen.SecondaryProcessorBased.CanBeOne(new() { EnableEpt = true }));
    }
}
