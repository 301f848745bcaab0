using Iced.Intel;
using VmcsGen.Vmx.RingZero;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Agent;

/// <summary>Physical memory below 4 GiB. Operands: address (8), length (4) and the data.</summary>
internal static class MemoryCommands
{
    public static void Write(Assembler c, AgentLabels labels)
    {
        c.Label(ref labels.Handlers[(int)AgentCommand.ReadMemory]);
        c.mov(ecx, __dword_ptr[rbx + 8]);
        c.lea(rax, __[rdi + rcx]);
        c.cmp(rax, AgentMemory.Response + AgentMemory.ResponseCapacity - AgentMemory.ResultRoom);
        c.ja(labels.TooManyResults);
        c.mov(rsi, __qword_ptr[rbx]);
        c.rep.movsb();
        c.ret();

        c.Label(ref labels.Handlers[(int)AgentCommand.WriteMemory]);
        c.mov(ecx, __dword_ptr[rbx + 8]);
        c.mov(rsi, __qword_ptr[AgentMemory.Next]);
        c.lea(rax, __[rsi + rcx]);
        c.cmp(rax, __qword_ptr[AgentMemory.RequestEnd]);
        c.ja(labels.TruncatedCommand);
        c.mov(__qword_ptr[AgentMemory.Next], rax);
        c.push(rdi);
        c.mov(rdi, __qword_ptr[rbx]);
        c.rep.movsb();
        c.pop(rdi);
        c.ret();

        c.Label(ref labels.Handlers[(int)AgentCommand.FillMemory]);
        c.push(rdi);
        c.mov(rdi, __qword_ptr[rbx]);
        c.mov(ecx, __dword_ptr[rbx + 8]);
        c.mov(al, __byte_ptr[rbx + 12]);
        c.rep.stosb();
        c.pop(rdi);
        c.ret();
    }
}
