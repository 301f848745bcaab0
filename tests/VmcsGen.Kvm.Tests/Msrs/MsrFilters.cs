using System;
using System.Linq;
using Iced.Intel;
using VmcsGen.Kvm.Interop;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Msrs;

/// <summary>KVM_X86_SET_MSR_FILTER.</summary>
public class MsrFilters
{
    private const uint SysenterCs = 0x174;
    private const uint SysenterEsp = 0x175;
    private const uint SysenterEip = 0x176;

    [Fact]
    public void Denied_MSR_goes_to_the_VMM_and_its_neighbours_do_not()
    {
        using var guest = Create(
            KvmMsrFilterFlags.DefaultAllow,
            [KvmMsrRange.Deny(SysenterEsp)],
            static code =>
            {
                Read(code, SysenterCs);
                Read(code, SysenterEsp);
                Read(code, SysenterEip);
                code.@out(GuestPrograms.Port, al);
            }
        );

        var msr = guest.RunTo(KvmExitReason.X86Rdmsr).Msr;
        Assert.Equal((SysenterEsp, KvmMsrExitReason.Filter), (msr.Index, msr.Reason));
        msr.Answer(1);
        guest.RunToOut(GuestPrograms.Port);
    }

    [Fact]
    public void Range_decides_the_kinds_of_access_it_names_only()
    {
        var writes = KvmMsrRange.Deny(SysenterCs, access: KvmMsrFilterRangeFlags.Write);
        using var guest = Create(
            KvmMsrFilterFlags.DefaultAllow,
            [writes],
            static code =>
            {
                Read(code, SysenterCs);
                code.@out(GuestPrograms.Port, al);
                code.mov(ecx, SysenterCs);
                code.mov(eax, 8);
                code.xor(edx, edx);
                code.wrmsr();
            }
        );

        guest.RunToOut(GuestPrograms.Port);
        var msr = guest.RunTo(KvmExitReason.X86Wrmsr).Msr;
        Assert.Equal((SysenterCs, 8ul, KvmMsrExitReason.Filter), (msr.Index, msr.Data, msr.Reason));
    }

    [Fact]
    public void Bits_stand_for_the_MSRs_from_the_first_on()
    {
        // 66 MSRs in 9 bytes: all denied but the first, the third and the last two.
        byte[] allowed = [0b0000_0101, 0, 0, 0, 0, 0, 0, 0, 0b11];
        const uint First = 0x4000_1000; // No KVM knows these; those from 0x4000_0000 on are Hyper-V's.
        var range = new KvmMsrRange(First, 66, allowed);
        Assert.Equal([0u, 2, 64, 65], Enumerable.Range(0, 66).Where(i => range.IsAllowed(First + (uint)i)).Select(static i => (uint)i));
        Assert.Throws<ArgumentOutOfRangeException>(() => range.IsAllowed(First + 66));
        Assert.Throws<ArgumentOutOfRangeException>(() => range.IsAllowed(First - 1));

        uint[] asked = [First, First + 1, First + 2, First + 63, First + 64, First + 65];
        using var guest = Create(
            KvmMsrFilterFlags.DefaultAllow,
            [range],
            code =>
            {
                foreach (var msr in asked)
                    Read(code, msr);
                code.@out(GuestPrograms.Port, al);
            }
        );

        // What the filter allows KVM does not know, which is another reason.
        foreach (var msr in asked)
        {
            var exit = guest.RunTo(KvmExitReason.X86Rdmsr).Msr;
            Assert.Equal((msr, range.IsAllowed(msr) ? KvmMsrExitReason.Unknown : KvmMsrExitReason.Filter), (exit.Index, exit.Reason));
            exit.Answer(0);
        }
        guest.RunToOut(GuestPrograms.Port);
    }

    [Fact]
    public void Default_deny_leaves_what_a_range_allows_and_a_new_filter_replaces_the_old_one()
    {
        using var guest = Create(
            KvmMsrFilterFlags.DefaultDeny,
            [KvmMsrRange.Allow(SysenterCs, 2)],
            static code =>
            {
                var loop = code.CreateLabel();
                code.Label(ref loop);
                Read(code, SysenterCs);
                Read(code, SysenterEsp);
                Read(code, SysenterEip);
                code.@out(GuestPrograms.Port, al);
                code.jmp(loop);
            }
        );

        var msr = guest.RunTo(KvmExitReason.X86Rdmsr).Msr;
        Assert.Equal(SysenterEip, msr.Index);
        msr.Answer(0);
        guest.RunToOut(GuestPrograms.Port);

        guest.Vm.X86SetMsrFilter(KvmMsrFilterFlags.DefaultAllow);
        guest.RunToOut(GuestPrograms.Port);
        guest.RunToOut(GuestPrograms.Port);
    }

    [Fact]
    public void First_range_that_covers_an_MSR_decides()
    {
        using var guest = Create(
            KvmMsrFilterFlags.DefaultAllow,
            [KvmMsrRange.Allow(SysenterCs), KvmMsrRange.Deny(SysenterCs, 2)],
            static code =>
            {
                Read(code, SysenterCs);
                Read(code, SysenterEsp);
            }
        );

        Assert.Equal(SysenterEsp, guest.RunTo(KvmExitReason.X86Rdmsr).Msr.Index);
    }

    [Fact]
    public void Bitmap_with_fewer_bits_than_MSRs_is_refused_and_the_message_says_how_many_bytes_it_must_have()
    {
        foreach (var (count, needed) in new[] { (1, 1), (8, 1), (9, 2), (64, 8), (65, 9), (KvmMsrRange.MaxCount, 0x600) })
        {
            _ = new KvmMsrRange(0, count, new byte[needed]);
            var refusal = Assert.Throws<ArgumentException>(() => new KvmMsrRange(0, count, new byte[needed - 1]));
            Assert.Contains($"of {count} MSRs takes {needed} bytes, and there are {needed - 1}", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Range_that_is_empty_too_long_or_beyond_the_last_MSR_is_refused()
    {
        foreach (var count in new[] { 0, -1, KvmMsrRange.MaxCount + 1, int.MaxValue })
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => KvmMsrRange.Deny(0, count));
            Assert.Throws<ArgumentOutOfRangeException>(() => KvmMsrRange.Allow(0, count));
            Assert.Throws<ArgumentOutOfRangeException>(() => new KvmMsrRange(0, count, new byte[0x600]));
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => KvmMsrRange.Deny(uint.MaxValue, 2));
        Assert.Equal(1, KvmMsrRange.Deny(uint.MaxValue).Count);
    }

    [Fact]
    public void Filter_has_16_ranges_at_most_and_none_is_null()
    {
        using var host = TestHost.Open(KvmCapability.X86MsrFilter);
        using var vm = host.CreateVm();
        KvmMsrRange[] ranges =
        [
            .. Enumerable.Range(0, 17).Select(static i => KvmMsrRange.Deny((uint)(0x4000_0000 + 0x1_0000 * i), KvmMsrRange.MaxCount)),
        ];

        vm.X86SetMsrFilter(KvmMsrFilterFlags.DefaultAllow, ranges.AsSpan(1));
        using var ioctls = LibcFault.Watch(KvmIoctl.KVM_X86_SET_MSR_FILTER);
        var refusal = Assert.Throws<ArgumentException>(() => vm.X86SetMsrFilter(KvmMsrFilterFlags.DefaultAllow, ranges));
        Assert.Contains("16 ranges at most, not 17", refusal.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => vm.X86SetMsrFilter(KvmMsrFilterFlags.DefaultAllow, ranges[0], null!));

        Assert.Equal(0, ioctls.Calls);
    }

    [Fact]
    public void Denying_everything_is_refused()
    {
        using var host = TestHost.Open(KvmCapability.X86MsrFilter);
        using var vm = host.CreateVm();

        foreach (var flags in new[] { KvmMsrFilterFlags.DefaultDeny, (KvmMsrFilterFlags)0x80 })
        {
            var refusal = Assert.Throws<KvmException>(() => vm.X86SetMsrFilter(flags));
            Assert.Equal("KVM_X86_SET_MSR_FILTER", refusal.Operation);
            Assert.Equal(Errno.EINVAL, refusal.Errno);
        }
        vm.Dispose();
        Assert.Throws<ObjectDisposedException>(() => vm.X86SetMsrFilter(KvmMsrFilterFlags.DefaultAllow));
    }

    [Fact]
    public unsafe void KVM_reads_bitmaps_in_words_which_is_why_they_are_copied()
    {
        using var host = TestHost.Open(KvmCapability.X86MsrFilter);
        using var vm = host.CreateVm();
        using var nine = new GuardedBuffer(9);

        // A bitmap of 66 bits has 9 bytes. KVM reads 16, so that what lies behind it must be readable.
        KvmMsrFilter filter = default;
        filter.Ranges[0] = new()
        {
            Flags = KvmMsrFilterRangeFlags.Read,
            Nmsrs = 66,
            Base = 0x4000_0000,
            Bitmap = (nuint)nine.Pointer,
        };
        Assert.Equal(Errno.EFAULT, Assert.Throws<KvmException>(() => vm.UnsafeIoctl(KvmIoctl.KVM_X86_SET_MSR_FILTER, in filter)).Errno);

        vm.X86SetMsrFilter(KvmMsrFilterFlags.DefaultAllow, new KvmMsrRange(0x4000_0000, 66, nine.Bytes, KvmMsrFilterRangeFlags.Read));
    }

    private static void Read(Assembler code, uint msr)
    {
        code.mov(ecx, msr);
        code.rdmsr();
    }

    private static Guest Create(KvmMsrFilterFlags flags, KvmMsrRange[] ranges, Action<Assembler> write) =>
        Guest.Create(
            GuestMode.Real,
            write,
            vm =>
            {
                vm.EnableCap(KvmCapability.X86UserSpaceMsr, (ulong)(KvmMsrExitReason.Filter | KvmMsrExitReason.Unknown));
                vm.X86SetMsrFilter(flags, ranges);
            },
            KvmCapability.X86UserSpaceMsr,
            KvmCapability.X86MsrFilter
        );
}
