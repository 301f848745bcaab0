using System;
using Iced.Intel;
using VmcsGen.Kvm;
using static Iced.Intel.AssemblerRegisters;

namespace QuickStart;

/// <summary>16-bit real mode, as a PC starts: one operand by port I/O, the other by MMIO, their product back by MMIO.</summary>
internal static class RealModeGuest
{
    private const ushort CodeAddress = 0x1000;
    private const ulong MmioAddress = 0xB8000; // There is no memory here, so every access is an exit.

    public static bool Run(KvmHost host, ushort a, ushort b)
    {
        Console.WriteLine("\nA guest in real mode multiplies:");
        using var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(0x10000);
        vm.MapMemory(0, memory);
        memory.Write(CodeAddress, Code());

        using var vcpu = vm.CreateVcpu(0);
        vcpu.GetSregs(out var sregs);
        sregs.Cs.Base = 0;
        sregs.Cs.Selector = 0;
        vcpu.SetSregs(sregs);
        vcpu.SetRegs(new KvmRegs { Rip = CodeAddress, Rflags = 2 });

        return Guest.Report($"{a} × {b}", Guest.RunToResult(vcpu, a, b, MmioAddress), (ulong)a * b);
    }

    private static byte[] Code()
    {
        var code = new Assembler(16);
        code.mov(ax, (ushort)(MmioAddress >> 4));
        code.mov(ds, ax);
        code.@in(ax, Guest.OperandPort & 0xFF);
        code.mov(cx, __word_ptr[0]);
        code.mul(cx); // DX:AX = AX × CX
        code.mov(__word_ptr[0], ax);
        code.mov(__word_ptr[2], dx);
        code.@out(Guest.DonePort & 0xFF, al);
        code.hlt();
        return Guest.Assemble(code, CodeAddress);
    }
}
