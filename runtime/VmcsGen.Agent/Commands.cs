using System;
using Iced.Intel;
using VmcsGen.Vmx.RingZero;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Agent;

/// <summary>
/// Executes the commands of a request, one after the other. A handler finds its operands at RBX, writes what it gives at RDI, which
/// it advances, and returns. An instruction that fails ends the command instead, by <see cref="AgentLabels.VmxOutcome"/> or as a
/// fault; the next command is executed all the same.
/// </summary>
internal static class Commands
{
    // Address of the handler, size of its operands.
    private const int TableEntrySize = 16;

    public static void Write(MachineCode code, AgentLabels labels)
    {
        var c = code.Assembler;
        var next = c.CreateLabel("next command");
        var done = c.CreateLabel("done");
        var unknown = c.CreateLabel("unknown command");
        var table = c.CreateLabel("command table");

        c.Label(ref labels.ExecuteRequest);
        c.mov(esi, Frames.RequestPayload);
        c.mov(edi, Frames.ResponsePayload);

        c.Label(ref next);
        c.cmp(rsi, __qword_ptr[AgentMemory.RequestEnd]);
        c.jae(done);
        c.cmp(edi, AgentMemory.Response + AgentMemory.ResponseCapacity - AgentMemory.ResultRoom);
        c.ja(labels.TooManyResults);
        c.movzx(ecx, __byte_ptr[rsi]);
        c.cmp(ecx, labels.Handlers.Length);
        c.jae(unknown);
        c.shl(ecx, 4);
        c.lea(rax, __[table]);
        c.add(rax, rcx);
        c.lea(rbx, __[rsi + AgentCommands.CommandSize]);
        c.mov(rsi, rbx);
        c.add(rsi, __qword_ptr[rax + 8]);
        c.cmp(rsi, __qword_ptr[AgentMemory.RequestEnd]);
        c.ja(labels.TruncatedCommand);
        c.mov(__qword_ptr[AgentMemory.Next], rsi);
        c.mov(__qword_ptr[AgentMemory.Result], rdi);
        c.inc(rdi);
        c.call(__qword_ptr[rax]);

        c.Label(ref labels.CommandSucceeded);
        c.mov(rbx, __qword_ptr[AgentMemory.Result]);
        c.mov(__byte_ptr[rbx], (sbyte)AgentStatus.Succeeded);
        c.mov(rsi, __qword_ptr[AgentMemory.Next]);
        c.jmp(next);

        // RDI is behind what there is to say about it; the handler does not return.
        c.Label(ref labels.CommandFailed);
        c.mov(esp, AgentMemory.StackTop - ReturnAddressSize);
        c.mov(rsi, __qword_ptr[AgentMemory.Next]);
        c.jmp(next);

        c.Label(ref done);
        c.mov(__qword_ptr[AgentMemory.Next], 0);
        c.ret();

        Errors(c, labels, unknown);
        code.Table(
            ref table,
            labels.Handlers.Length * TableEntrySize,
            (writer, addressOf) =>
            {
                foreach (var command in Enum.GetValues<AgentCommand>())
                {
                    writer.Write(addressOf(labels.Handlers[(int)command]));
                    writer.Write((ulong)AgentCommands.OperandSize(command));
                }
            }
        );
    }

    // Of ExecuteRequest, which is called with an otherwise empty stack.
    private const int ReturnAddressSize = sizeof(ulong);

    private static void Errors(Assembler c, AgentLabels labels, Label unknown)
    {
        c.Label(ref unknown);
        c.movzx(ebx, __byte_ptr[rsi]);
        c.lea(rcx, __[rsi - Frames.RequestPayload]);
        Frames.StopWith(c, labels, AgentError.UnknownCommand);

        // RBX points to the operands.
        c.Label(ref labels.TruncatedCommand);
        c.lea(rcx, __[rbx - Frames.RequestPayload - AgentCommands.CommandSize]);
        c.movzx(ebx, __byte_ptr[rbx - AgentCommands.CommandSize]);
        Frames.StopWith(c, labels, AgentError.TruncatedCommand);

        c.Label(ref labels.TooManyResults);
        c.lea(rbx, __[rdi - Frames.ResponsePayload]);
        c.xor(ecx, ecx);
        Frames.StopWith(c, labels, AgentError.TooManyResults);
    }
}
