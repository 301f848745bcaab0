using System;
using System.Linq;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Ioctls;

/// <summary>MXCSR is not among what is checked: KVM neither reads nor writes it by these ioctls.</summary>
public class FloatingPointState
{
    private const byte Port = 0x11;
    private const ulong Data = Guest.DataAddress;

    [Fact]
    public void Guest_has_the_FPU_state_that_was_set()
    {
        using var guest = Guest.Create(
            GuestMode.LongUser,
            static code =>
            {
                code.fld1();
                code.pcmpeqd(xmm0, xmm0);
                code.@out(Port, al);
                code.fnstcw(__word_ptr[(long)Data]);
                code.fstp(__tbyte_ptr[(long)Data + 16]);
                code.fstp(__tbyte_ptr[(long)Data + 32]);
                code.movups(__[(long)Data + 48], xmm0);
                code.movups(__[(long)Data + 64], xmm7);
                code.movups(__[(long)Data + 80], xmm15);
                code.@out(Port, al);
            }
        );

        // KVM_SET_FPU changes the saved state only: until the guest has used them, XRSTOR takes the registers as initial.
        guest.RunToOut(Port);
        guest.Vcpu.GetFpu(out var fpu);
        fpu.Fcw = 0x27F; // Double precision instead of extended.
        fpu.Fsw = 0;
        fpu.Ftwx = 0b11; // The first two registers are not empty.
        ((ReadOnlySpan<byte>)[0, 0, 0, 0, 0, 0, 0, 0x80, 0xFF, 0x3F]).CopyTo(fpu.Fpr[0]); // 1.0
        ((ReadOnlySpan<byte>)[0, 0, 0, 0, 0, 0, 0, 0xC0, 0x00, 0x40]).CopyTo(fpu.Fpr[1]); // 3.0
        for (var i = 0; i < 16; i++)
            ((Span<byte>)fpu.Xmm[i]).Fill((byte)(0xA0 + i));
        guest.Vcpu.SetFpu(fpu);

        guest.RunToOut(Port);

        Assert.Equal(0x27F, guest.Memory.Read<ushort>(Data));
        Assert.Equal("0000000000000080FF3F", Convert.ToHexString(guest.Memory.GetSpan(Data + 16, 10)));
        Assert.Equal("00000000000000C00040", Convert.ToHexString(guest.Memory.GetSpan(Data + 32, 10)));
        Assert.Equal(Enumerable.Repeat((byte)0xA0, 16), guest.Memory.GetSpan(Data + 48, 16).ToArray());
        Assert.Equal(Enumerable.Repeat((byte)0xA7, 16), guest.Memory.GetSpan(Data + 64, 16).ToArray());
        Assert.Equal(Enumerable.Repeat((byte)0xAF, 16), guest.Memory.GetSpan(Data + 80, 16).ToArray());
    }

    [Fact]
    public void FPU_state_is_read_as_the_guest_left_it()
    {
        using var guest = Guest.Create(
            GuestMode.LongUser,
            static code =>
            {
                code.fninit();
                code.fldpi();
                code.fld1();
                code.mov(rax, 0x1122_3344_5566_7788);
                code.movq(xmm3, rax);
                code.movddup(xmm12, xmm3);
                code.@out(Port, al);
            }
        );

        guest.RunToOut(Port);
        guest.Vcpu.GetFpu(out var fpu);

        Assert.Equal(0x37F, fpu.Fcw);
        Assert.Equal(6, (fpu.Fsw >> 11) & 7); // Two of eight places are taken.
        Assert.Equal(0b1100_0000, fpu.Ftwx);
        Assert.Equal("0000000000000080FF3F", Convert.ToHexString(((ReadOnlySpan<byte>)fpu.Fpr[0])[..10]));
        Assert.Equal("35C26821A2DA0FC90040", Convert.ToHexString(((ReadOnlySpan<byte>)fpu.Fpr[1])[..10])); // Pi
        Assert.Equal("88776655443322110000000000000000", Convert.ToHexString(fpu.Xmm[3]));
        Assert.Equal("88776655443322118877665544332211", Convert.ToHexString(fpu.Xmm[12]));
    }

    [Theory]
    [InlineData(0b001)]
    [InlineData(0b011)]
    [InlineData(0b111)]
    public void XCR0_that_was_set_is_read_back(uint value)
    {
        using var guest = Guest.Create(GuestMode.LongUser, static code => code.hlt(), null, KvmCapability.Xcrs);
        KvmXcrs xcrs = new() { NrXcrs = 1 };
        xcrs.Xcrs[0] = new KvmXcr { Xcr = 0, Value = value };

        guest.Vcpu.SetXcrs(xcrs);

        guest.Vcpu.GetXcrs(out var back);
        Assert.Equal((1u, 0u, 0u, (ulong)value), (back.NrXcrs, back.Flags, back.Xcrs[0].Xcr, back.Xcrs[0].Value));
    }

    [Fact]
    public void XCR0_without_x87_is_refused()
    {
        using var guest = Guest.Create(GuestMode.LongUser, static code => code.hlt(), null, KvmCapability.Xcrs);
        KvmXcrs xcrs = new() { NrXcrs = 1 };
        xcrs.Xcrs[0] = new KvmXcr { Xcr = 0, Value = 0b110 };

        var refusal = Assert.Throws<KvmException>(() => guest.Vcpu.SetXcrs(xcrs));

        Assert.Equal("KVM_SET_XCRS", refusal.Operation);
        Assert.Equal(Errno.EINVAL, refusal.Errno);
    }
}
