using Iced.Intel;
using VmcsGen.Vmx.RingZero;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Agent;

/// <summary>CPUID, MSRs and control registers.</summary>
internal static class ProcessorCommands
{
    public static void Write(Assembler c, AgentLabels labels)
    {
        Cpuid(c, labels);
        Rdmsr(c, labels);
        Wrmsr(c, labels);
        ReadControlRegister(c, labels);
        WriteControlRegister(c, labels);
        DebugRegisters(c, labels);
        ExtendedControlRegisters(c, labels);
    }

    private static void Cpuid(Assembler c, AgentLabels labels)
    {
        c.Label(ref labels.Handlers[(int)AgentCommand.Cpuid]);
        c.mov(eax, __dword_ptr[rbx]);
        c.mov(ecx, __dword_ptr[rbx + 4]);
        c.cpuid();
        c.mov(__dword_ptr[rdi], eax);
        c.mov(__dword_ptr[rdi + 4], ebx);
        c.mov(__dword_ptr[rdi + 8], ecx);
        c.mov(__dword_ptr[rdi + 12], edx);
        c.add(rdi, 16);
        c.ret();
    }

    private static void Rdmsr(Assembler c, AgentLabels labels)
    {
        c.Label(ref labels.Handlers[(int)AgentCommand.Rdmsr]);
        c.mov(ecx, __dword_ptr[rbx]);
        c.rdmsr();
        c.stosd();
        c.mov(eax, edx);
        c.stosd();
        c.ret();
    }

    private static void Wrmsr(Assembler c, AgentLabels labels)
    {
        c.Label(ref labels.Handlers[(int)AgentCommand.Wrmsr]);
        c.mov(ecx, __dword_ptr[rbx]);
        c.mov(eax, __dword_ptr[rbx + 4]);
        c.mov(edx, __dword_ptr[rbx + 8]);
        c.wrmsr();
        c.ret();
    }

    private static void ReadControlRegister(Assembler c, AgentLabels labels)
    {
        c.Label(ref labels.Handlers[(int)AgentCommand.ReadControlRegister]);
        foreach (var register in (AssemblerRegisterCR[])[cr0, cr2, cr3, cr4, cr8])
        {
            var other = c.CreateLabel("another register");
            c.cmp(__byte_ptr[rbx], Number(register));
            c.jne(other);
            c.mov(rax, register);
            c.stosq();
            c.ret();
            c.Label(ref other);
        }
        // As the processor does for control registers that it does not have (SDM 2B, MOV).
        c.ud2();
    }

    private static void WriteControlRegister(Assembler c, AgentLabels labels)
    {
        c.Label(ref labels.Handlers[(int)AgentCommand.WriteControlRegister]);
        c.mov(rax, __qword_ptr[rbx + 1]);
        foreach (var register in (AssemblerRegisterCR[])[cr0, cr2, cr3, cr4, cr8])
        {
            var other = c.CreateLabel("another register");
            c.cmp(__byte_ptr[rbx], Number(register));
            c.jne(other);
            c.mov(register, rax);
            c.ret();
            c.Label(ref other);
        }
        c.ud2();
    }

    private static void DebugRegisters(Assembler c, AgentLabels labels)
    {
        var registers = (AssemblerRegisterDR[])[dr0, dr1, dr2, dr3, dr6, dr7];
        c.Label(ref labels.Handlers[(int)AgentCommand.ReadDebugRegister]);
        foreach (var register in registers)
        {
            var other = c.CreateLabel("another register");
            c.cmp(__byte_ptr[rbx], (sbyte)(register - Register.DR0));
            c.jne(other);
            c.mov(rax, register);
            c.stosq();
            c.ret();
            c.Label(ref other);
        }
        c.ud2();

        c.Label(ref labels.Handlers[(int)AgentCommand.WriteDebugRegister]);
        c.mov(rax, __qword_ptr[rbx + 1]);
        foreach (var register in registers)
        {
            var other = c.CreateLabel("another register");
            c.cmp(__byte_ptr[rbx], (sbyte)(register - Register.DR0));
            c.jne(other);
            c.mov(register, rax);
            c.ret();
            c.Label(ref other);
        }
        c.ud2();
    }

    private static void ExtendedControlRegisters(Assembler c, AgentLabels labels)
    {
        c.Label(ref labels.Handlers[(int)AgentCommand.Xgetbv]);
        c.mov(ecx, __dword_ptr[rbx]);
        c.xgetbv();
        c.stosd();
        c.mov(eax, edx);
        c.stosd();
        c.ret();

        c.Label(ref labels.Handlers[(int)AgentCommand.Xsetbv]);
        c.mov(ecx, __dword_ptr[rbx]);
        c.mov(eax, __dword_ptr[rbx + 4]);
        c.mov(edx, __dword_ptr[rbx + 8]);
        c.xsetbv();
        c.ret();
    }

    private static sbyte Number(Register register) => (sbyte)(register - Register.CR0);
}
