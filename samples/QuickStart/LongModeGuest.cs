using System;
using Iced.Intel;
using VmcsGen.Kvm;
using static Iced.Intel.AssemblerRegisters;

namespace QuickStart;

/// <summary>64-bit code at CPL 3, as a program runs: a sum in a loop, with the operands and the result as in real mode.</summary>
internal static class LongModeGuest
{
    private const ulong CodeAddress = 0x10000;
    private const ulong StackTop = 0x20000;

    public static bool Run(KvmHost host, ushort a, ushort b)
    {
        Console.WriteLine("\nA guest in long mode at CPL 3 sums up squares:");
        using var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(2 * 1024 * 1024);
        vm.MapMemory(0, memory);
        memory.Write(CodeAddress, Code());

        using var vcpu = vm.CreateVcpu(0);
        LongMode.Enter(host, vcpu, memory);
        vcpu.SetRegs(
            new KvmRegs
            {
                Rip = CodeAddress,
                Rsp = StackTop,
                Rflags = LongMode.UserFlags,
            }
        );

        ulong expected = 0;
        for (ulong i = 1; i <= a; i++)
            expected += i * i + b;
        return Guest.Report($"Σ (i² + {b}) for i = 1 … {a}", Guest.RunToResult(vcpu, a, b, LongMode.MmioAddress), expected);
    }

    private static byte[] Code()
    {
        var code = new Assembler(64);
        var loop = code.CreateLabel();
        var done = code.CreateLabel();

        code.xor(eax, eax);
        code.@in(ax, Guest.OperandPort & 0xFF);
        code.mov(ecx, eax);
        code.mov(rbx, LongMode.MmioAddress);
        code.movzx(edx, __word_ptr[rbx]);
        code.xor(esi, esi); // The sum; RCX counts down to 0.
        code.Label(ref loop);
        code.test(rcx, rcx);
        code.jz(done);
        code.mov(rdi, rcx);
        code.imul(rdi, rdi);
        code.add(rsi, rdi);
        code.add(rsi, rdx);
        code.dec(rcx);
        code.jmp(loop);
        code.Label(ref done);
        code.mov(__qword_ptr[rbx], rsi);
        code.@out(Guest.DonePort & 0xFF, al);
        return Guest.Assemble(code, CodeAddress);
    }
}
