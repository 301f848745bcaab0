using System;
using System.Linq;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Ioctls;

public class SystemRegisterTests
{
    private const byte Port = 0x11;
    private const ulong Data = Guest.DataAddress;

    [Fact]
    public void Each_segment_is_read_back_as_it_was_set()
    {
        using var guest = Guest.Create(GuestMode.Protected, static code => code.hlt());
        guest.Vcpu.GetSregs(out var sregs);
        sregs.Ds = Segment(1);
        sregs.Es = Segment(2);
        sregs.Fs = Segment(3);
        sregs.Gs = Segment(4);
        sregs.Tr = Segment(5) with { Type = 0xB, S = 0, Db = 0 };
        sregs.Ldt = Segment(6) with { Type = 2, S = 0, Db = 0 };
        sregs.Gdt = new KvmDtable { Base = 0x7_1000, Limit = 0x7F };
        sregs.Idt = new KvmDtable { Base = 0x8_2000, Limit = 0x8FF };

        guest.Vcpu.SetSregs(sregs);
        guest.Vcpu.GetSregs(out var back);

        Assert.Equal(sregs.Cs, back.Cs);
        Assert.Equal(sregs.Ds, back.Ds);
        Assert.Equal(sregs.Es, back.Es);
        Assert.Equal(sregs.Fs, back.Fs);
        Assert.Equal(sregs.Gs, back.Gs);
        Assert.Equal(sregs.Ss, back.Ss);
        Assert.Equal(sregs.Tr, back.Tr);
        Assert.Equal(sregs.Ldt, back.Ldt);
        Assert.Equal((0x7_1000ul, 0x7F), (back.Gdt.Base, back.Gdt.Limit));
        Assert.Equal((0x8_2000ul, 0x8FF), (back.Idt.Base, back.Idt.Limit));
    }

    [Fact]
    public void Guest_has_the_selectors_and_tables_that_were_set()
    {
        using var guest = Guest.Create(
            GuestMode.Protected,
            static code =>
            {
                code.mov(eax, ds);
                code.mov(__[(long)Data], eax);
                code.mov(eax, es);
                code.mov(__[(long)Data + 4], eax);
                code.mov(eax, fs);
                code.mov(__[(long)Data + 8], eax);
                code.mov(eax, gs);
                code.mov(__[(long)Data + 12], eax);
                code.mov(eax, ss);
                code.mov(__[(long)Data + 16], eax);
                code.mov(eax, cs);
                code.mov(__[(long)Data + 20], eax);
                code.sgdt(__[(long)Data + 24]);
                code.sidt(__[(long)Data + 32]);
                code.mov(eax, __.gs[0x20]);
                code.@out(Port, eax);
            }
        );
        guest.Vcpu.GetSregs(out var sregs);
        sregs.Ds.Selector = 0x18;
        sregs.Es.Selector = 0x20;
        sregs.Fs.Selector = 0x28;
        sregs.Gs.Selector = 0x30;
        sregs.Ss.Selector = 0x38;
        sregs.Cs.Selector = 0x40;
        sregs.Gs.Base = 0x6000;
        sregs.Gdt = new KvmDtable { Base = 0x11_2233, Limit = 0x445F };
        sregs.Idt = new KvmDtable { Base = 0x55_6677, Limit = 0x889F };
        guest.Vcpu.SetSregs(sregs);
        guest.Memory.Write(0x6020, 0xCAFE_F00D);

        Assert.Equal(0xCAFE_F00D, guest.RunToOut(Port));

        Assert.Equal(
            [0x18u, 0x20u, 0x28u, 0x30u, 0x38u, 0x40u],
            Enumerable.Range(0, 6).Select(i => guest.Memory.Read<uint>(Data + 4 * (ulong)i))
        );
        Assert.Equal((0x445F, 0x11_2233u), (guest.Memory.Read<ushort>(Data + 24), guest.Memory.Read<uint>(Data + 26)));
        Assert.Equal((0x889F, 0x55_6677u), (guest.Memory.Read<ushort>(Data + 32), guest.Memory.Read<uint>(Data + 34)));
    }

    [Fact]
    public void Guest_has_the_control_registers_that_were_set()
    {
        using var guest = Guest.Create(
            GuestMode.LongSupervisor,
            static code =>
            {
                code.mov(rax, cr0);
                code.mov(__[(long)Data], rax);
                code.mov(rax, cr2);
                code.mov(__[(long)Data + 8], rax);
                code.mov(rax, cr3);
                code.mov(__[(long)Data + 16], rax);
                code.mov(rax, cr4);
                code.mov(__[(long)Data + 24], rax);
                code.mov(rax, cr8);
                code.mov(__[(long)Data + 32], rax);
                code.mov(ecx, 0xC000_0080); // IA32_EFER
                code.rdmsr();
                code.@out(Port, eax);
            }
        );
        guest.Vcpu.GetSregs(out var sregs);
        sregs.Cr2 = 0x1122_3344_5566;
        sregs.Cr8 = 5;
        guest.Vcpu.SetSregs(sregs);
        guest.Vcpu.RunPage.Cr8 = 5; // Without an APIC in the kernel, this is what counts.

        Assert.Equal(ProcessorState.LongModeEfer, guest.RunToOut(Port));

        Assert.Equal(
            [ProcessorState.PagingCr0, 0x1122_3344_5566, sregs.Cr3, ProcessorState.LongModeCr4For(guest.Host), 5],
            Enumerable.Range(0, 5).Select(i => guest.Memory.Read<ulong>(Data + 8 * (ulong)i))
        );
        guest.Vcpu.GetSregs(out var back);
        Assert.Equal(ProcessorState.PagingCr0, back.Cr0);
        Assert.Equal(0x1122_3344_5566u, back.Cr2);
        Assert.Equal(sregs.Cr3, back.Cr3);
        Assert.Equal(ProcessorState.LongModeCr4For(guest.Host), back.Cr4);
        Assert.Equal(5u, back.Cr8);
        Assert.Equal(ProcessorState.LongModeEfer, back.Efer);
        Assert.Equal(0xFEE0_0000u, back.ApicBase & 0xFFFF_F000);
    }

    [Fact]
    public void Interrupt_to_be_injected_stands_in_the_bitmap()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        guest.SetVector(0x85, 0x9000);
        guest.Place(0x9000, static code => code.@out(Port, al));
        guest.Vcpu.GetSregs(out var sregs);
        sregs.InterruptBitmap[0x85 / 64] = 1UL << (0x85 % 64);

        guest.Vcpu.SetSregs(sregs);
        guest.Vcpu.GetSregs(out var back);

        Assert.Equal([0ul, 0, 1UL << (0x85 % 64), 0], ((ReadOnlySpan<ulong>)back.InterruptBitmap).ToArray());
        guest.RunToOut(Port);
    }

    [Fact]
    public void Sregs2_holds_the_same_registers()
    {
        using var guest = Guest.Create(GuestMode.Protected, static code => code.hlt(), null, KvmCapability.Sregs2);
        guest.Vcpu.GetSregs2(out var sregs);
        guest.Vcpu.GetSregs(out var plain);
        Assert.Equal(plain.Cs, sregs.Cs);
        Assert.Equal(plain.Fs, sregs.Fs);
        Assert.Equal(plain.Tr, sregs.Tr);
        Assert.Equal(plain.Cr0, sregs.Cr0);
        Assert.Equal(plain.ApicBase, sregs.ApicBase);
        Assert.Equal(default, sregs.Flags);

        sregs.Gs = Segment(4);
        sregs.Idt = new KvmDtable { Base = 0x8_2000, Limit = 0x8FF };
        sregs.Cr2 = 0x22_2222;
        sregs.Cr3 = 0x33_3000;
        sregs.Cr4 = 0x220;
        guest.Vcpu.SetSregs2(sregs);

        guest.Vcpu.GetSregs(out plain);
        Assert.Equal(Segment(4), plain.Gs);
        Assert.Equal((0x8_2000ul, 0x8FF), (plain.Idt.Base, plain.Idt.Limit));
        Assert.Equal((0x22_2222ul, 0x33_3000ul, 0x220ul), (plain.Cr2, plain.Cr3, plain.Cr4));
    }

    [Fact]
    public void PDPTRs_of_sregs2_count_with_PAE_paging_only()
    {
        using var guest = Guest.Create(GuestMode.Protected, static code => code.hlt(), null, KvmCapability.Sregs2);
        guest.Vcpu.GetSregs2(out var sregs);
        sregs.Flags = KvmSregs2Flags.PdptrsValid;
        Assert.Equal(Errno.EINVAL, Assert.Throws<KvmException>(() => guest.Vcpu.SetSregs2(sregs)).Errno);

        ulong[] pointers = [0x1001, 0x2001, 0x3001, 0x4001];
        pointers.AsSpan().CopyTo(sregs.Pdptrs);
        sregs.Cr4 |= 0x20;
        sregs.Cr0 |= 0x8000_0000;
        guest.Vcpu.SetSregs2(sregs);

        // KVM without VMX and SVM pages in long mode only.
        guest.Vcpu.GetSregs2(out var back);
        if ((back.Cr0 & 0x8000_0000) != 0)
        {
            Assert.Equal(KvmSregs2Flags.PdptrsValid, back.Flags);
            Assert.Equal(pointers, ((ReadOnlySpan<ulong>)back.Pdptrs).ToArray());
        }

        sregs.Flags |= (KvmSregs2Flags)0x8000;
        Assert.Equal(Errno.EINVAL, Assert.Throws<KvmException>(() => guest.Vcpu.SetSregs2(sregs)).Errno);
    }

    private static KvmSegment Segment(uint n) =>
        new()
        {
            Base = 0x1000 * n,
            Limit = 0x1_0000 * n + 0xFFFF,
            Selector = (ushort)(8 * n),
            Type = 3,
            Present = 1,
            Db = 1,
            S = 1,
            Avl = (byte)(n % 2),
        };
}
