using System;
using System.Linq;
using Iced.Intel;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Msrs;

/// <summary>MSR accesses that end Run, chosen by reason and by MSR.</summary>
public class UserSpaceMsrs
{
    private const byte Port = 0x11;
    private const byte FaultPort = 0x13;
    private const ulong FaultHandler = 0x9000;
    private const byte GeneralProtection = 13;
    private const uint Unknown = 0xDEAD_0001;
    private const uint SysenterCs = 0x174;
    private const uint SysenterEip = 0x176;
    private const uint Efer = 0xC000_0080;
    private const KvmMsrFilterRangeFlags Both = KvmMsrFilterRangeFlags.Read | KvmMsrFilterRangeFlags.Write;

    [Fact]
    public void Reason_that_is_not_chosen_faults_in_the_guest()
    {
        using var guest = Create(static vm => vm.EnableUserSpaceMsrs(KvmMsrExitReason.Filter), Unknown);
        guest.RunToOut(FaultPort);

        guest.Vm.EnableUserSpaceMsrs(KvmMsrExitReason.Filter | KvmMsrExitReason.Unknown);
        guest.Restart();
        var msr = guest.RunTo(KvmExitReason.X86Rdmsr).Msr;
        Assert.Equal((Unknown, KvmMsrExitReason.Unknown), (msr.Index, msr.Reason));
        msr.Answer(5);
        Assert.Equal(5u, guest.RunToOut(Port));

        guest.Vm.EnableUserSpaceMsrs(0);
        guest.Restart();
        guest.RunToOut(FaultPort);
    }

    [Fact]
    public void Refused_value_is_a_reason_too()
    {
        using var guest = Create(
            static vm => vm.EnableUserSpaceMsrs(KvmMsrExitReason.Inval),
            static code =>
            {
                code.mov(ecx, Efer);
                code.mov(edx, 0x8000_0000); // Reserved bits.
                code.xor(eax, eax);
                code.wrmsr();
            }
        );

        var msr = guest.RunTo(KvmExitReason.X86Wrmsr).Msr;

        Assert.Equal((Efer, KvmMsrExitReason.Inval, 0x8000_0000_0000_0000), (msr.Index, msr.Reason, msr.Data));
    }

    [Fact]
    public void Filter_made_of_single_MSRs_denies_just_them()
    {
        var ranges = KvmMsrRanges.Deny(Both, SysenterEip, Efer, SysenterCs, SysenterCs);
        Assert.Equal([SysenterCs, Efer], ranges.Select(static range => range.First));
        using var guest = Create(
            vm =>
            {
                vm.EnableUserSpaceMsrs(KvmMsrExitReason.Filter);
                vm.X86SetMsrFilter(KvmMsrFilterFlags.DefaultAllow, ranges);
            },
            SysenterCs,
            SysenterCs + 1,
            SysenterEip,
            Efer
        );

        foreach (var denied in new[] { SysenterCs, SysenterEip, Efer })
        {
            var msr = guest.RunTo(KvmExitReason.X86Rdmsr).Msr;
            Assert.Equal(denied, msr.Index);
            msr.Answer(0x55);
        }
        Assert.Equal(0x55u, guest.RunToOut(Port));
    }

    [Fact]
    public void Filter_made_of_single_MSRs_allows_just_them()
    {
        using var guest = Create(
            static vm =>
            {
                vm.EnableUserSpaceMsrs(KvmMsrExitReason.Filter);
                vm.X86SetMsrFilter(KvmMsrFilterFlags.DefaultDeny, KvmMsrRanges.Allow(Both, SysenterCs, SysenterEip));
            },
            SysenterCs,
            SysenterCs + 1,
            SysenterEip,
            Efer
        );

        foreach (var denied in new[] { SysenterCs + 1, Efer })
        {
            var msr = guest.RunTo(KvmExitReason.X86Rdmsr).Msr;
            Assert.Equal(denied, msr.Index);
            msr.Answer(0x66);
        }
        Assert.Equal(0x66u, guest.RunToOut(Port));
    }

    [Fact]
    public void Ranges_are_as_few_as_their_length_allows()
    {
        const uint Far = KvmMsrRange.MaxCount;

        var ranges = KvmMsrRanges.Deny(KvmMsrFilterRangeFlags.Write, uint.MaxValue, Far, 0, Far - 1);

        Assert.Equal([(0u, (int)Far), (Far, 1), (uint.MaxValue, 1)], ranges.Select(static range => (range.First, range.Count)));
        Assert.All(ranges, static range => Assert.Equal(KvmMsrFilterRangeFlags.Write, range.Access));
        Assert.False(ranges[0].IsAllowed(0));
        Assert.True(ranges[0].IsAllowed(1));
        Assert.False(ranges[0].IsAllowed(Far - 1));
        Assert.Empty(KvmMsrRanges.Allow(Both));
    }

    [Fact]
    public void Reason_without_a_name_is_refused_before_the_ioctl()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var ioctls = LibcFault.Watch(KvmIoctl.KVM_ENABLE_CAP);

        Assert.Throws<ArgumentOutOfRangeException>(() => vm.EnableUserSpaceMsrs((KvmMsrExitReason)0x100));

        Assert.Equal(0, ioctls.Calls);
    }

    private static Guest Create(Action<KvmVm> prepare, params uint[] msrs) =>
        Create(
            prepare,
            code =>
            {
                foreach (var msr in msrs)
                {
                    code.mov(ecx, msr);
                    code.rdmsr();
                }
            }
        );

    private static Guest Create(Action<KvmVm> prepare, Action<Assembler> access)
    {
        var guest = Guest.Create(
            GuestMode.Real,
            code =>
            {
                access(code);
                code.@out(Port, al);
            },
            prepare,
            KvmCapability.X86UserSpaceMsr,
            KvmCapability.X86MsrFilter
        );
        guest.SetVector(GeneralProtection, FaultHandler);
        guest.Place(FaultHandler, static code => code.@out(FaultPort, al));
        return guest;
    }
}
