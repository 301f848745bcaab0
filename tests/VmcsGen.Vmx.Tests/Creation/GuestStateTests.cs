using VmcsGen.Vmx.Creation;
using VmcsGen.Vmx.Testing;
using Xunit;

namespace VmcsGen.Vmx.Tests.Creation;

/// <summary>What a guest begins with, and the fields that it ends up in.</summary>
public sealed class GuestStateTests
{
    [Fact]
    public void Real_mode_and_protected_mode_without_paging_need_an_unrestricted_guest()
    {
        Assert.True(VmxGuestState.RealMode(0, 0x7C00, 0x7000).NeedsUnrestrictedGuest);
        Assert.True(VmxGuestState.ProtectedMode(0x1000, 0x2000).NeedsUnrestrictedGuest);
        Assert.False(VmxGuestState.ProtectedMode(0x1000, 0x2000, cr3: 0x3000).NeedsUnrestrictedGuest);
        Assert.False(VmxGuestState.LongMode(0x1000, 0x2000, 0x3000).NeedsUnrestrictedGuest);
        Assert.True(VmxGuestState.LongMode(0x1000, 0x2000, 0x3000).IsIa32eMode);
        Assert.False(VmxGuestState.ProtectedMode(0x1000, 0x2000, cr3: 0x3000).IsIa32eMode);
    }

    [Fact]
    public void Registers_and_MSRs_go_to_the_fields_of_their_names()
    {
        var rig = new CreationRig(executor: new ScriptedExecutor());
        var guest = VmxGuestState.LongMode(0x8000, 0xF000, 0x1000) with
        {
            Pat = 0x0606_0606_0606_0606,
            Dr7 = 0x455,
            Debugctl = 1,
            SysenterCs = 8,
            SysenterEsp = 0x1111,
            SysenterEip = 0x2222,
            IdtrBase = 0x3333,
            IdtrLimit = 0x444,
            GdtrBase = 0x5555,
            GdtrLimit = 0x66,
        };
        using var vcpu = rig.Builder(guest, new VmxControlSet { VmEntry = new() { LoadDebugControls = true } }).Build();
        var vmcs = vcpu.Vmcs;

        Assert.Equal((0x0606_0606_0606_0606UL, 1UL), (vmcs.GuestIa32Pat, vmcs.GuestIa32Debugctl));
        Assert.Equal(
            (0x455u, 8u, 0x1111u, 0x2222u),
            (vmcs.GuestDr7, vmcs.GuestIa32SysenterCs, vmcs.GuestIa32SysenterEsp, vmcs.GuestIa32SysenterEip)
        );
        Assert.Equal((0x3333u, 0x444u, 0x5555u, 0x66u), (vmcs.GuestIdtrBase, vmcs.GuestIdtrLimit, vmcs.GuestGdtrBase, vmcs.GuestGdtrLimit));
        Assert.Equal(BasicExitReason.Cpuid, vcpu.Run().BasicReason);
    }
}
