using Iced.Intel;
using VmcsGen.Vmx.RingZero;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Agent;

/// <summary>
/// Exceptions: a fault of the instruction that a command executes is the command's result; any other one stops the agent.
/// </summary>
internal static class Faults
{
    public static void Write(MachineCode code, AgentLabels labels)
    {
        var c = code.Assembler;
        for (var vector = 0; vector < AgentLabels.ExceptionCount; vector++)
        {
            c.Label(ref labels.Exceptions[vector]);
            if (!HasErrorCode(vector))
                c.push(0);
            c.push(vector);
            c.jmp(labels.Fault);
        }

        // The stack: vector, error code, RIP, CS, RFLAGS, RSP, SS (SDM 3A 7.14.2). IRET is not needed: the command is over.
        var outside = c.CreateLabel("outside of commands");
        c.Label(ref labels.Fault);
        c.cld();
        c.cmp(__qword_ptr[AgentMemory.Next], 0);
        c.je(outside);
        c.mov(rdi, __qword_ptr[AgentMemory.Result]);
        c.mov(al, (sbyte)AgentStatus.Fault);
        c.stosb();
        c.mov(eax, __dword_ptr[rsp]);
        c.stosb();
        c.mov(eax, __dword_ptr[rsp + 8]);
        c.stosd();
        c.mov(rax, __qword_ptr[rsp + 16]);
        c.stosq();
        c.mov(rax, cr2);
        c.stosq();
        // An exception at CPL 3 has left a null selector in SS.
        c.mov(ss, __word_ptr[AgentMemory.DataSelector]);
        c.jmp(labels.CommandFailed);

        c.Label(ref outside);
        c.mov(rbx, __qword_ptr[rsp + 16]);
        c.mov(ecx, __dword_ptr[rsp + 8]);
        c.shl(rcx, 32);
        c.or(rcx, __qword_ptr[rsp]);
        Frames.StopWith(c, labels, AgentError.UnexpectedException);
    }

    // SDM 3A, table 7-1.
    private static bool HasErrorCode(int vector) => vector is 8 or (>= 10 and <= 14) or 17 or 21;
}
