using Iced.Intel;
using VmcsGen.Vmx.RingZero;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Agent;

/// <summary>
/// Several fields at once, and a turn of a guest with the fields of its VM exit. A byte on the line costs some ninety instructions.
/// </summary>
internal static class FieldCommands
{
    // The VM-instruction error field (SDM 3D, appendix B).
    private const int VmInstructionError = 0x4400;

    private const int IsLaunched = sizeof(ulong);
    private const int FieldCount = IsLaunched + sizeof(byte);

    public static void Write(Assembler c, AgentLabels labels)
    {
        c.Label(ref labels.Handlers[(int)AgentCommand.VmreadFields]);
        c.mov(rsi, __qword_ptr[AgentMemory.Next]);
        c.movzx(ecx, __word_ptr[rbx]);
        c.lea(rax, __[rsi + (rcx * 2)]);
        c.cmp(rax, __qword_ptr[AgentMemory.RequestEnd]);
        c.ja(labels.TruncatedCommand);
        c.mov(__qword_ptr[AgentMemory.Next], rax);
        CheckRoom(c, labels);
        c.jmp(labels.ReadFields);

        Enter(c, labels);
        Exit(c, labels);
        ReadFields(c, labels);
        WriteShort(c, labels);
    }

    // VMPTRLD comes last before the entry, so that a command that is not well-formed changes nothing.
    private static void Enter(Assembler c, AgentLabels labels)
    {
        var next = c.CreateLabel("next register");
        var isZero = c.CreateLabel("zero register");
        var failed = c.CreateLabel("VMPTRLD failed");
        var launched = c.CreateLabel("launched");
        c.Label(ref labels.Handlers[(int)AgentCommand.Enter]);
        c.mov(rsi, __qword_ptr[AgentMemory.Next]);
        c.movzx(ecx, __word_ptr[rbx + FieldCount]);
        c.mov(__dword_ptr[AgentMemory.EntryFieldCount], ecx);
        c.mov(__qword_ptr[AgentMemory.EntryFields], rsi);
        CheckRoom(c, labels);
        c.lea(rsi, __[rsi + (rcx * 2)]);
        c.xor(edx, edx);
        c.Label(ref next);
        c.cmp(rsi, __qword_ptr[AgentMemory.RequestEnd]);
        c.jae(labels.TruncatedCommand);
        // Shifted up and down again, what stands behind the number is gone.
        c.movzx(ecx, __byte_ptr[rsi]);
        c.inc(rsi);
        c.xor(eax, eax);
        c.jrcxz(isZero);
        c.mov(rax, __qword_ptr[rsi]);
        c.add(rsi, rcx);
        c.neg(ecx);
        c.shl(ecx, 3);
        c.shl(rax, cl);
        c.shr(rax, cl);
        c.Label(ref isZero);
        c.mov(__qword_ptr[(rdx * sizeof(ulong)) + AgentMemory.GuestRegisters], rax);
        c.inc(edx);
        c.cmp(edx, GuestEntry.RegisterCount);
        c.jb(next);
        c.cmp(rsi, __qword_ptr[AgentMemory.RequestEnd]);
        c.ja(labels.TruncatedCommand);
        c.mov(__qword_ptr[AgentMemory.Next], rsi);
        c.vmptrld(__qword_ptr[rbx]);
        c.jbe(failed);
        c.mov(__byte_ptr[AgentMemory.EntersWithFields], 1);
        c.call(labels.PrepareEntry);
        c.cmp(__byte_ptr[rbx + IsLaunched], 0);
        c.mov(ebx, AgentMemory.GuestRegisters);
        c.jne(launched);
        GuestEntry.Load(c);
        c.vmlaunch();
        c.jmp(labels.VmxOutcome);
        c.Label(ref launched);
        GuestEntry.Load(c);
        c.vmresume();
        c.Label(ref failed);
        c.jmp(labels.VmxOutcome);
    }

    private static void Exit(Assembler c, AgentLabels labels)
    {
        var next = c.CreateLabel("next register");
        c.Label(ref labels.ExitWithFields);
        c.mov(esi, AgentMemory.GuestRegisters);
        c.Label(ref next);
        c.mov(rdx, __qword_ptr[rsi]);
        c.add(esi, sizeof(ulong));
        c.call(labels.WriteShort);
        c.cmp(esi, AgentMemory.GuestRegisters + (GuestEntry.RegisterCount * sizeof(ulong)));
        c.jb(next);
        c.mov(rsi, __qword_ptr[AgentMemory.EntryFields]);
        c.mov(ecx, __dword_ptr[AgentMemory.EntryFieldCount]);
        c.call(labels.ReadFields);
        c.jmp(labels.CommandSucceeded);
    }

    private static void ReadFields(Assembler c, AgentLabels labels)
    {
        var next = c.CreateLabel("next field");
        var stored = c.CreateLabel("stored");
        var failInvalid = c.CreateLabel("VMfailInvalid");
        var failValid = c.CreateLabel("VMfailValid");
        var done = c.CreateLabel("done");
        c.Label(ref labels.ReadFields);
        c.jrcxz(done);
        c.Label(ref next);
        c.movzx(eax, __word_ptr[rsi]);
        c.vmread(rdx, rax);
        c.jc(failInvalid);
        c.jz(failValid);
        c.call(labels.WriteShort);
        c.Label(ref stored);
        c.add(rsi, sizeof(ushort));
        c.dec(ecx);
        c.jnz(next);
        c.Label(ref done);
        c.ret();

        c.Label(ref failInvalid);
        c.mov(al, (sbyte)AgentNumbers.FailInvalid);
        c.stosb();
        c.jmp(stored);
        c.Label(ref failValid);
        c.mov(al, (sbyte)AgentNumbers.FailValid);
        c.stosb();
        c.mov(eax, VmInstructionError);
        c.vmread(rax, rax);
        c.stosb();
        c.jmp(stored);
    }

    // The bytes up to the highest that is not 0. All 8 are written, and those above are written over.
    private static void WriteShort(Assembler c, AgentLabels labels)
    {
        var isZero = c.CreateLabel("zero");
        c.Label(ref labels.WriteShort);
        c.bsr(rax, rdx);
        c.jz(isZero);
        c.shr(eax, 3);
        c.inc(eax);
        c.stosb();
        c.mov(__qword_ptr[rdi], rdx);
        c.add(rdi, rax);
        c.ret();
        c.Label(ref isZero);
        c.mov(__byte_ptr[rdi], 0);
        c.inc(rdi);
        c.ret();
    }

    // RCX fields, of 9 bytes at most.
    private static void CheckRoom(Assembler c, AgentLabels labels)
    {
        c.lea(rax, __[rcx + (rcx * 8)]);
        c.add(rax, rdi);
        c.cmp(rax, AgentMemory.Response + AgentMemory.ResponseCapacity - (2 * AgentMemory.ResultRoom));
        c.ja(labels.TooManyResults);
    }
}
