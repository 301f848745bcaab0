using System;
using Iced.Intel;
using VmcsGen.Vmx;
using VmcsGen.Vmx.RingZero;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Agent;

/// <summary>
/// VMX instructions with an operand at any linear address, in compatibility mode and at CPL 3. Most end in a fault, which is the
/// command's result.
/// </summary>
internal static class InstructionForms
{
    private const int Forms = 4;

    // RFLAGS with nothing but its fixed bit: at CPL 3 interrupts stay off.
    private const int Flags = 2;

    // Far jump to an address of 32 bits, which there is in compatibility mode and not in 64-bit mode.
    private const byte FarJump = 0xEA;
    private const int FarJumpSize = 7;

    public static void Write(MachineCode code, AgentLabels labels)
    {
        var c = code.Assembler;
        var table = c.CreateLabel("form table");
        var compatibility = c.CreateLabel("to compatibility mode");
        var user = c.CreateLabel("to CPL 3");
        c.Label(ref labels.Handlers[(int)AgentCommand.Execute]);
        c.movzx(ecx, __byte_ptr[rbx]);
        c.movzx(edx, __byte_ptr[rbx + 1]);
        c.lea(ecx, __[rdx + (rcx * Forms)]);
        c.lea(rsi, __[table]);
        c.mov(rsi, __qword_ptr[rsi + (rcx * sizeof(ulong))]);
        c.mov(rax, __qword_ptr[rbx + 10]);
        c.mov(rbx, __qword_ptr[rbx + 2]);
        c.mov(rbp, rbx);
        c.cmp(edx, (int)AgentForm.Compatibility);
        c.je(compatibility);
        c.cmp(edx, (int)AgentForm.User);
        c.je(user);
        c.jmp(rsi);

        c.Label(ref compatibility);
        c.push(Selectors.CompatibilityCode);
        c.push(rsi);
        // RETF with 64-bit operands.
        c.db(0x48, 0xCB);

        c.Label(ref user);
        c.mov(rcx, AgentMemory.UserAlias);
        c.add(rsi, rcx);
        c.push(Selectors.UserData);
        c.push(rbp);
        c.push(Flags);
        c.push(Selectors.UserCode);
        c.push(rsi);
        c.iretq();

        var starts = Instructions(code, labels);
        code.Table(
            ref table,
            starts.Length * sizeof(ulong),
            (writer, addressOf) =>
            {
                foreach (var start in starts)
                    writer.Write(addressOf(start));
            }
        );
    }

    private static Label[] Instructions(MachineCode code, AgentLabels labels)
    {
        var c = code.Assembler;
        var back = c.CreateLabel("back to 64-bit mode");
        var instructions = Enum.GetValues<VmxInstruction>();
        var starts = new Label[instructions.Length * Forms];
        foreach (var instruction in instructions)
        {
            for (var form = AgentForm.Data; form <= AgentForm.User; form++)
            {
                ref var start = ref starts[((int)instruction * Forms) + (int)form];
                start = c.CreateLabel($"{instruction} {form}");
                c.Label(ref start);
                Emit(c, instruction, isInStack: form == AgentForm.Stack);
                switch (form)
                {
                    case AgentForm.Compatibility:
                        // As long in compatibility mode as in 64-bit mode.
                        c.jmp(back);
                        break;
                    case AgentForm.User:
                        // An instruction that is executed at CPL 3 shows by the error code of this one: #GP(1Ah).
                        c.int3();
                        break;
                    default:
                        c.jmp(labels.VmxOutcome);
                        break;
                }
            }
        }
        code.Table(
            ref back,
            FarJumpSize,
            (writer, addressOf) =>
            {
                writer.Write(FarJump);
                writer.Write((uint)addressOf(labels.VmxOutcome));
                writer.Write(Selectors.Code);
            }
        );
        return starts;
    }

    // Encoded alike in 64-bit and in compatibility mode: without a REX prefix.
    private static void Emit(Assembler c, VmxInstruction instruction, bool isInStack)
    {
        var operand = isInStack ? __qword_ptr[rbp] : __qword_ptr[rbx];
        switch (instruction)
        {
            case VmxInstruction.Vmxon:
                c.vmxon(operand);
                break;
            case VmxInstruction.Vmclear:
                c.vmclear(operand);
                break;
            case VmxInstruction.Vmptrld:
                c.vmptrld(operand);
                break;
            case VmxInstruction.Vmptrst:
                c.vmptrst(operand);
                break;
            case VmxInstruction.Vmread:
                c.vmread(operand, rax);
                break;
            case VmxInstruction.Vmwrite:
                c.vmwrite(rax, operand);
                break;
            case VmxInstruction.Invept:
                c.invept(rax, isInStack ? __[rbp] : __[rbx]);
                break;
            case VmxInstruction.Invvpid:
                c.invvpid(rax, isInStack ? __[rbp] : __[rbx]);
                break;
            case VmxInstruction.Vmxoff:
                c.vmxoff();
                break;
            case VmxInstruction.Vmcall:
                c.vmcall();
                break;
            case VmxInstruction.Vmlaunch:
                c.vmlaunch();
                break;
            default:
                c.vmresume();
                break;
        }
    }
}
