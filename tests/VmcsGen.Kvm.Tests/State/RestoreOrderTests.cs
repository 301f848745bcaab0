using System;
using System.Linq;
using VmcsGen.Vmx;
using Xunit;

namespace VmcsGen.Kvm.Tests.State;

/// <summary>The two halves know nothing of each other, and agree on which MSRs decide about VMX.</summary>
public class RestoreOrderTests
{
    [Fact]
    public void MSRs_that_decide_about_VMX_are_those_of_the_VMX_half()
    {
        var expected = Enum.GetValues<VmxMsr>().Select(static msr => (uint)msr).Order();

        Assert.Equal(expected, Enumerable.Range(0, 0x2000).Select(static msr => (uint)msr).Where(VcpuState.IsVmxCapability));
    }
}
