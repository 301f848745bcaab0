using Iced.Intel;
using VmcsGen.Vmx;
using VmcsGen.Vmx.RingZero;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Agent;

/// <summary>
/// VMLAUNCH and VMRESUME, and the way back. VM entries and VM exits neither load nor save the general-purpose registers but RSP
/// (SDM 3C 27.3.2.4 and 28.3.3).
/// </summary>
internal static class GuestEntry
{
    // In the order of GeneralRegisters.
    public static int RegisterCount => s_registers.Length;

    private static readonly AssemblerRegister64[] s_registers = [rax, rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15];

    public static void Write(Assembler c, AgentLabels labels)
    {
        c.Label(ref labels.Handlers[(int)AgentCommand.Vmlaunch]);
        c.mov(__byte_ptr[AgentMemory.EntersWithFields], 0);
        c.call(labels.PrepareEntry);
        Load(c);
        c.vmlaunch();
        c.jmp(labels.VmxOutcome);

        c.Label(ref labels.Handlers[(int)AgentCommand.Vmresume]);
        c.mov(__byte_ptr[AgentMemory.EntersWithFields], 0);
        c.call(labels.PrepareEntry);
        Load(c);
        c.vmresume();
        c.jmp(labels.VmxOutcome);

        c.Label(ref labels.Handlers[(int)AgentCommand.VmlaunchBehindMovSs]);
        c.mov(__byte_ptr[AgentMemory.EntersWithFields], 0);
        Load(c);
        c.mov(ss, __word_ptr[AgentMemory.DataSelector]);
        c.vmlaunch();
        c.jmp(labels.VmxOutcome);

        c.Label(ref labels.Handlers[(int)AgentCommand.VmresumeBehindMovSs]);
        c.mov(__byte_ptr[AgentMemory.EntersWithFields], 0);
        Load(c);
        c.mov(ss, __word_ptr[AgentMemory.DataSelector]);
        c.vmresume();
        c.jmp(labels.VmxOutcome);

        c.Label(ref labels.VmExit);
        for (var i = 0; i < s_registers.Length; i++)
            c.mov(__qword_ptr[AgentMemory.GuestRegisters + (i * sizeof(ulong))], s_registers[i]);
        // The stack pointer that the VMCS gave back may be anything: the program on the other side wrote it.
        c.mov(esp, AgentMemory.StackTop - sizeof(ulong));
        c.mov(rdi, __qword_ptr[AgentMemory.Result]);
        c.inc(rdi);
        c.cmp(__byte_ptr[AgentMemory.EntersWithFields], 0);
        c.jne(labels.ExitWithFields);
        c.mov(esi, AgentMemory.GuestRegisters);
        c.mov(ecx, s_registers.Length);
        c.rep.movsq();
        c.jmp(labels.CommandSucceeded);
    }

    // RBX, which points to the values, comes last.
    public static void Load(Assembler c)
    {
        for (var i = 0; i < s_registers.Length; i++)
        {
            if (s_registers[i] != rbx)
                c.mov(s_registers[i], __qword_ptr[rbx + (i * sizeof(ulong))]);
        }
        c.mov(rbx, __qword_ptr[rbx + (3 * sizeof(ulong))]);
    }
}
