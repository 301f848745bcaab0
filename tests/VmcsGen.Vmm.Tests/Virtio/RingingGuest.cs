using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Vmm.Tests.Virtio;

/// <summary>Code of guests that offer descriptor 0 and ring.</summary>
internal static class RingingGuest
{
    public static void Ring(Assembler code)
    {
        code.mov(__word_ptr[(long)TestDriver.Available + 2], 1);
        code.mov(ebx, RingingMachine.Registers + 0x50);
        code.mov(__dword_ptr[rbx], 0);
        code.hlt();
    }

    /// <summary>Offers it again and again, and polls until it is back.</summary>
    public static void RingAndPoll(Assembler code, int times, uint registers = RingingMachine.Registers)
    {
        var next = code.CreateLabel();
        var poll = code.CreateLabel();
        code.mov(ebx, registers + 0x50);
        code.xor(ecx, ecx);
        code.Label(ref next);
        code.inc(ecx);
        code.mov(__word_ptr[(long)TestDriver.Available + 2], cx);
        code.mov(__dword_ptr[rbx], 0);
        code.Label(ref poll);
        code.pause();
        code.cmp(__word_ptr[(long)TestDriver.Used + 2], cx);
        code.jne(poll);
        code.cmp(ecx, times);
        code.jne(next);
        Exit(code);
    }

    /// <summary>Ends the machine.</summary>
    public static void Exit(Assembler code)
    {
        code.xor(eax, eax);
        code.@out(0xF4, al);
        code.hlt();
    }
}
