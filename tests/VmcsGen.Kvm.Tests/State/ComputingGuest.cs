using System;
using Iced.Intel;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.State;

/// <summary>Which guest computes, and what KVM keeps for it.</summary>
public enum Computation
{
    /// <summary>64-bit code at CPL 0 with the general-purpose registers, the flags and memory.</summary>
    Supervisor,

    /// <summary>Real mode at CPL 0, interrupted all the time by the PIT through the PIC.</summary>
    RealModeWithTimer,

    /// <summary>64-bit code at CPL 3 that uses x87, SSE and AVX registers too.</summary>
    User,

    /// <summary>The same with the interrupt controllers and the timer in the kernel.</summary>
    UserWithTimer,
}

/// <summary>
/// Guests that compute for a while and end with OUT. The result is in their memory and registers; a register or a page that is
/// lost on the way makes it another one.
/// </summary>
internal static class ComputingGuest
{
    public const byte Port = 0x11;

    // The page before the data page: scratch, ticks, and results from 0x100 on.
    private const uint Scratch = 0x6000;
    private const uint Results = Scratch + 0x100;
    private const uint Data = (uint)Guest.DataAddress;

    public static bool HasTimer(Computation computation) => computation is Computation.RealModeWithTimer or Computation.UserWithTimer;

    public static Guest Create(Computation computation, uint iterations)
    {
        RequireVectors(computation);
        var guest = Guest.Create(
            computation switch
            {
                Computation.Supervisor => GuestMode.LongSupervisor,
                Computation.RealModeWithTimer => GuestMode.Real,
                _ => GuestMode.LongUser,
            },
            code => Write(code, computation),
            vm => Prepare(vm, computation),
            KvmCapability.Irqchip,
            KvmCapability.Pit2
        );
        if (computation == Computation.RealModeWithTimer)
        {
            guest.SetVector(0x20, 0x9000);
            guest.Place(0x9000, WriteTickHandler);
        }
        guest.Restart(
            new KvmRegs
            {
                Rax = 0x0123_4567_89AB_CDEF,
                Rcx = iterations,
                Rdx = 6364136223846793005,
                R8 = 8,
                R9 = 9,
                R10 = 10,
                R11 = 11,
                R12 = 12,
                R13 = 13,
                R14 = 14,
                R15 = 1442695040888963407,
                Rsi = 0x51,
                Rdi = 0xD1,
                Rbp = 0xB9,
            }
        );
        return guest;
    }

    /// <summary>A guest that was stopped before it came to its end, with as much left as this host needs for that.</summary>
    public static Guest CreateStopped(Computation computation)
    {
        for (var iterations = 3000u; ; iterations *= 4)
        {
            var guest = Create(computation, iterations);
            if (guest.RunALittle())
                return guest;
            guest.Dispose();
        }
    }

    /// <summary>What is to be done with a VM before it has a vCPU.</summary>
    public static void Prepare(KvmVm vm, Computation computation)
    {
        if (!HasTimer(computation))
            return;
        vm.CreateIrqchip();
        vm.CreatePit2(default);
    }

    // Without XSAVE there are no AVX registers to lose: so it is under Linux on Bochs.
    private static void RequireVectors(Computation computation)
    {
        if (computation is not (Computation.User or Computation.UserWithTimer))
            return;
        using var host = TestHost.Open();
        Assert.SkipUnless(CpuidBuilder.FromSupported(host)[CpuidFeature.Avx], "This host's KVM offers no AVX.");
    }

    /// <summary>Runs to the end and reads the result.</summary>
    public static byte[] Finish(Computation computation, KvmVm vm, KvmVcpu vcpu)
    {
        KvmExit exit;
        do exit = vcpu.Run();
        while (exit.Reason == KvmExitReason.Intr);
        Assert.True(exit.Reason == KvmExitReason.Io && exit.Io.Port == Port, $"The guest does not end as it should: {exit.ToString()}");
        return Result(computation, vm, vcpu);
    }

    private static unsafe byte[] Result(Computation computation, KvmVm vm, KvmVcpu vcpu)
    {
        const uint Length = Data + 0x1000 - Results;
        var result = new byte[Length + sizeof(KvmRegs)];
        vm.Memory.Read(Results, result.AsSpan(0, (int)Length));
        if (computation != Computation.RealModeWithTimer) // There the last registers depend on the ticks.
        {
            vcpu.GetRegs(out var regs);
            System.Runtime.InteropServices.MemoryMarshal.Write(result.AsSpan((int)Length), regs);
        }
        return result;
    }

    private static void Write(Assembler code, Computation computation)
    {
        switch (computation)
        {
            case Computation.Supervisor:
                WriteLongMode(code, usesVectors: false);
                break;
            case Computation.RealModeWithTimer:
                WriteRealMode(code);
                break;
            default:
                WriteLongMode(code, usesVectors: true);
                break;
        }
    }

    private static void WriteLongMode(Assembler code, bool usesVectors)
    {
        var next = code.CreateLabel();
        if (usesVectors)
            code.fldz();
        code.Label(ref next);
        code.imul(rax, rdx);
        code.add(rax, r15);
        code.adc(r8, rax); // The carry is a part of the state for one instruction.
        code.xor(r9, r8);
        code.rol(r9, 7);
        code.add(r10, r9);
        code.mov(rbx, rax);
        code.shr(rbx, 52);
        code.and(ebx, 0xFF8);
        code.xor(__qword_ptr[rbx + Data], r10);
        code.mov(r11, __qword_ptr[rbx + Data]);
        code.add(r12, r11);
        code.push(r12);
        code.pop(r13);
        code.xor(r14, r13);
        code.lea(rsi, __[rsi + r14 * 2 + 1]);
        code.sub(rdi, rsi);
        code.add(rbp, rdi);
        if (usesVectors)
            WriteVectorPart(code);
        code.dec(rcx);
        code.jnz(next);
        if (usesVectors)
            WriteVectorResults(code);
        code.@out(Port, al);
    }

    // The sum and its history wander between the halves of the YMM registers; the x87 register counts exactly.
    private static void WriteVectorPart(Assembler code)
    {
        code.movq(xmm0, rax);
        code.pshufd(xmm0, xmm0, 0x4E);
        code.paddq(xmm1, xmm0);
        code.pxor(xmm5, xmm1);
        code.vinsertf128(ymm3, ymm3, xmm1, 1);
        code.vxorps(ymm4, ymm4, ymm3);
        code.vperm2f128(ymm4, ymm4, ymm4, 1);
        code.vxorps(ymm15, ymm15, ymm4);
        code.vperm2f128(ymm15, ymm15, ymm15, 1);
        code.mov(__dword_ptr[Scratch], ecx);
        code.fiadd(__dword_ptr[Scratch]);
    }

    private static void WriteVectorResults(Assembler code)
    {
        code.movups(__[Results], xmm1);
        code.movups(__[Results + 0x10], xmm5);
        code.vmovups(__[Results + 0x20], ymm3);
        code.vmovups(__[Results + 0x40], ymm4);
        code.vmovups(__[Results + 0x60], ymm15);
        code.fistp(__qword_ptr[Results + 0x80]);
    }

    private static void WriteRealMode(Assembler code)
    {
        // The master PIC with line 0 open and vectors from 0x20, the PIT's channel 0 as a rate generator of 1 kHz.
        foreach (
            var (port, value) in new (byte Port, byte Value)[]
            {
                (0x20, 0x11),
                (0x21, 0x20),
                (0x21, 0x04),
                (0x21, 0x01),
                (0x21, 0xFE),
                (0x43, 0x34),
                (0x40, 0xA9),
                (0x40, 0x04),
            }
        )
        {
            code.push(ax);
            code.mov(al, value);
            code.@out(port, al);
            code.pop(ax);
        }
        code.sti();

        var next = code.CreateLabel();
        code.Label(ref next);
        code.imul(eax, edx);
        code.add(eax, 12345);
        code.adc(edi, eax);
        code.mov(ebx, eax);
        code.shr(ebx, 20);
        code.and(bx, 0xFFC);
        code.xor(__dword_ptr[bx + (int)Data], edi);
        code.add(esi, __dword_ptr[bx + (int)Data]);
        code.rol(esi, 5);
        code.xor(ebp, esi);
        code.dec(ecx);
        code.jnz(next);
        code.mov(__dword_ptr[Results], eax);
        code.mov(__dword_ptr[Results + 4], edi);
        code.mov(__dword_ptr[Results + 8], esi);
        code.mov(__dword_ptr[Results + 12], ebp);

        // The timer must go on: two ticks more.
        var wait = code.CreateLabel();
        code.mov(eax, __dword_ptr[Scratch]);
        code.add(eax, 2);
        code.Label(ref wait);
        code.hlt();
        code.cmp(__dword_ptr[Scratch], eax);
        code.jb(wait);
        code.cli();
        code.@out(Port, al);
    }

    private static void WriteTickHandler(Assembler code)
    {
        code.push(ax);
        code.inc(__dword_ptr[Scratch]);
        code.mov(al, 0x20);
        code.@out(0x20, al);
        code.pop(ax);
        code.iret();
    }
}
