using System;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Exits;

public class MsrFilters
{
    private const uint SysenterCs = 0x174;
    private const byte Port = 0x11;

    [Fact]
    public void Denied_access_is_an_exit_and_an_allowed_one_is_not()
    {
        using var guest = Create();
        guest.Vm.X86SetMsrFilter(KvmMsrFilterFlags.DefaultAllow, KvmMsrRange.Deny(SysenterCs + 1, 2));

        Assert.Equal(0xAAu, guest.RunToOut(Port)); // SYSENTER_CS is not in the range.
        var msr = guest.RunTo(KvmExitReason.X86Rdmsr).Msr;
        Assert.Equal(SysenterCs + 1, msr.Index);
        Assert.Equal(KvmMsrExitReason.Filter, msr.Reason);
        msr.Answer(0x55);
        Assert.Equal(0x55u, guest.RunToOut(Port));
        Assert.Equal(SysenterCs + 2, guest.RunTo(KvmExitReason.X86Rdmsr).Msr.Index);
    }

    [Fact]
    public void Bitmap_decides_MSR_by_MSR()
    {
        using var guest = Create();
        guest.Vm.X86SetMsrFilter(KvmMsrFilterFlags.DefaultAllow, new KvmMsrRange(SysenterCs, 3, [0b101]));

        Assert.Equal(0xAAu, guest.RunToOut(Port));
        Assert.Equal(SysenterCs + 1, guest.RunTo(KvmExitReason.X86Rdmsr).Msr.Index);
        guest.RunToOut(Port);
        Assert.Equal(0xCCu, guest.RunToOut(Port));
    }

    [Fact]
    public void Filter_of_writes_leaves_reads_alone_and_an_empty_filter_everything()
    {
        using var guest = Create();
        guest.Vm.X86SetMsrFilter(KvmMsrFilterFlags.DefaultAllow, KvmMsrRange.Deny(SysenterCs, 1), KvmMsrRange.Deny(SysenterCs + 1, 2, KvmMsrFilterRangeFlags.Write));
        Assert.Equal(SysenterCs, guest.RunTo(KvmExitReason.X86Rdmsr).Msr.Index);
        guest.RunToOut(Port);
        Assert.Equal(0xBBu, guest.RunToOut(Port));

        guest.Vm.X86SetMsrFilter(KvmMsrFilterFlags.DefaultAllow);
        guest.Restart();
        Assert.Equal(0xAAu, guest.RunToOut(Port));
    }

    [Fact]
    public void Ranges_and_their_number_are_bounded()
    {
        using var guest = Create();
        var ranges = new KvmMsrRange[17];
        Array.Fill(ranges, KvmMsrRange.Deny(1));

        Assert.Contains("16", Assert.Throws<ArgumentException>(() => guest.Vm.X86SetMsrFilter(KvmMsrFilterFlags.DefaultAllow, ranges)).Message, StringComparison.Ordinal);
        guest.Vm.X86SetMsrFilter(KvmMsrFilterFlags.DefaultAllow, ranges.AsSpan(0, 16));
        Assert.Throws<ArgumentOutOfRangeException>(() => KvmMsrRange.Deny(1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => KvmMsrRange.Deny(1, KvmMsrRange.MaxCount + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => KvmMsrRange.Deny(uint.MaxValue, 2));
        Assert.Throws<ArgumentException>(() => new KvmMsrRange(1, 9, [0xFF]));
        Assert.Equal(1, KvmMsrRange.Deny(uint.MaxValue).Count);
        Assert.True(new KvmMsrRange(10, 9, [0, 1]).IsAllowed(18));
        Assert.False(new KvmMsrRange(10, 9, [0xFE, 0]).IsAllowed(10));
    }

    // Reads SYSENTER_CS, _ESP and _EIP, which hold 0xAA, 0xBB and 0xCC.
    private static Guest Create()
    {
        var guest = Guest.Create(
            GuestMode.Real,
            static code =>
            {
                for (var i = 0u; i < 3; i++)
                {
                    code.mov(ecx, SysenterCs + i);
                    code.rdmsr();
                    code.@out(Port, eax);
                }
            },
            static vm => vm.EnableCap(KvmCapability.X86UserSpaceMsr, (ulong)KvmMsrExitReason.Filter),
            KvmCapability.X86UserSpaceMsr,
            KvmCapability.X86MsrFilter);
        guest.Vcpu.SetMsrs(new KvmBuffer<KvmMsrs, KvmMsrEntry>(
        [
            new KvmMsrEntry { Index = SysenterCs, Data = 0xAA },
            new KvmMsrEntry { Index = SysenterCs + 1, Data = 0xBB },
            new KvmMsrEntry { Index = SysenterCs + 2, Data = 0xCC },
        ]));
        return guest;
    }
}
