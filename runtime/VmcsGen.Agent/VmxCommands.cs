using System;
using Iced.Intel;
using VmcsGen.Vmx.RingZero;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Agent;

/// <summary>The VMX instructions but VMLAUNCH and VMRESUME. Each leaves its outcome in RFLAGS (SDM 3C, chapter 31, Conventions).</summary>
internal static class VmxCommands
{
    // The VM-instruction error field (SDM 3D, appendix B).
    private const int VmInstructionError = 0x4400;

    public static void Write(Assembler c, AgentLabels labels)
    {
        Handler(c, labels, AgentCommand.Vmxon, () => c.vmxon(__qword_ptr[rbx]));
        Handler(c, labels, AgentCommand.Vmxoff, c.vmxoff);
        Handler(c, labels, AgentCommand.Vmclear, () => c.vmclear(__qword_ptr[rbx]));
        Handler(c, labels, AgentCommand.Vmptrld, () => c.vmptrld(__qword_ptr[rbx]));
        Handler(c, labels, AgentCommand.Vmcall, c.vmcall);
        Handler(
            c,
            labels,
            AgentCommand.Vmptrst,
            () =>
            {
                c.vmptrst(__qword_ptr[rdi]);
                // LEA, because RFLAGS hold the outcome.
                c.lea(rdi, __[rdi + 8]);
            }
        );
        Handler(
            c,
            labels,
            AgentCommand.Vmread,
            () =>
            {
                c.mov(eax, __dword_ptr[rbx]);
                c.vmread(rax, rax);
                c.mov(__qword_ptr[rdi], rax);
                c.lea(rdi, __[rdi + 8]);
            }
        );
        Handler(
            c,
            labels,
            AgentCommand.Vmwrite,
            () =>
            {
                c.mov(eax, __dword_ptr[rbx]);
                c.vmwrite(rax, __qword_ptr[rbx + 4]);
            }
        );
        Handler(
            c,
            labels,
            AgentCommand.Invept,
            () =>
            {
                c.mov(eax, __dword_ptr[rbx]);
                c.invept(rax, __[rbx + 4]);
            }
        );
        Handler(
            c,
            labels,
            AgentCommand.Invvpid,
            () =>
            {
                c.mov(eax, __dword_ptr[rbx]);
                c.invvpid(rax, __[rbx + 4]);
            }
        );
        Outcome(c, labels);
    }

    private static void Handler(Assembler c, AgentLabels labels, AgentCommand command, Action instruction)
    {
        c.Label(ref labels.Handlers[(int)command]);
        instruction();
        c.jmp(labels.VmxOutcome);
    }

    // CF is VMfailInvalid, ZF is VMfailValid, neither is VMsucceed. Registers may be a guest's when VMLAUNCH or VMRESUME failed.
    private static void Outcome(Assembler c, AgentLabels labels)
    {
        var failInvalid = c.CreateLabel("VMfailInvalid");
        var failValid = c.CreateLabel("VMfailValid");
        c.Label(ref labels.VmxOutcome);
        c.jc(failInvalid);
        c.jz(failValid);
        c.ret();

        c.Label(ref failInvalid);
        c.mov(rdi, __qword_ptr[AgentMemory.Result]);
        c.mov(al, (sbyte)AgentStatus.FailInvalid);
        c.stosb();
        c.jmp(labels.CommandFailed);

        c.Label(ref failValid);
        c.mov(rdi, __qword_ptr[AgentMemory.Result]);
        c.mov(al, (sbyte)AgentStatus.FailValid);
        c.stosb();
        c.mov(eax, VmInstructionError);
        c.vmread(rax, rax);
        c.stosd();
        c.jmp(labels.CommandFailed);
    }
}
