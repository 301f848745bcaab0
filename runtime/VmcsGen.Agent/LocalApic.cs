using Iced.Intel;
using VmcsGen.Vmx.RingZero;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Agent;

/// <summary>
/// Events for guests, by the local APIC (SDM 3A, chapter 12). It stays as reset leaves it until the first one is asked for, so that
/// machines without one run the agent as well.
/// </summary>
internal static class LocalApic
{
    // SDM 3A, table 12-1: registers of the local APIC in memory.
    private const uint EndOfInterrupt = 0xFEE0_00B0;
    private const uint SpuriousVector = 0xFEE0_00F0;
    private const uint InService = 0xFEE0_0100;
    private const uint CommandLow = 0xFEE0_0300;
    private const uint CommandHigh = 0xFEE0_0310;
    private const int RegisterSpacing = 0x10;

    // Software enable, and the spurious vector.
    private const int Enabled = 0x1FF;

    // SDM 3A, figure 12-12: to itself, asserted; INIT and start-up, asserted.
    private const int ToSelf = 0x4_4000;
    private const int Init = 0x4500;
    private const int StartUp = 0x4600;
    private const int SecondProcessor = 1 << 24;

    // Instructions of the other processor are counted, 16 in turn: so many passes are a few dozen of its turns.
    private const int BeforeStartUp = 0x200;
    private const int BeforeEvent = 0x800;

    private const sbyte NoInterrupt = -1;

    public static void Write(MachineCode code, AgentLabels labels)
    {
        var c = code.Assembler;
        Pend(c, labels);
        Acknowledge(c, labels);
        BeforeEntry(c, labels);
        Handlers(c, labels);
    }

    /// <summary>
    /// What the second processor executes from its start-up on: 16-bit code at <see cref="AgentMemory.SecondProcessor"/>.
    /// </summary>
    public static byte[] AssembleSecondProcessor(ulong gdtDescriptor)
    {
        var code = new MachineCode(bitness: 16);
        var c = code.Assembler;
        var wait = c.CreateLabel("wait");
        var halt = c.CreateLabel("halt");
        c.cli();
        c.xor(ax, ax);
        c.mov(ds, ax);
        c.lgdt(__[gdtDescriptor]);
        // Protected mode for the flat data segment: the local APIC lies at the end of 4 GiB.
        c.mov(eax, cr0);
        c.or(eax, 1);
        c.mov(cr0, eax);
        c.mov(ax, (short)Selectors.Data);
        c.mov(ds, eax);
        c.mov(ecx, BeforeEvent);
        c.Label(ref wait);
        c.dec(ecx);
        c.jnz(wait);
        // The first processor has the number 0.
        c.xor(eax, eax);
        c.mov(ebx, unchecked((int)CommandHigh));
        c.mov(__dword_ptr[ebx], eax);
        c.mov(ebx, AgentMemory.SentEvent);
        c.mov(eax, __dword_ptr[ebx]);
        c.mov(ebx, unchecked((int)CommandLow));
        c.mov(__dword_ptr[ebx], eax);
        c.Label(ref halt);
        c.hlt();
        c.jmp(halt);
        return code.Assemble(0);
    }

    private static void Pend(Assembler c, AgentLabels labels)
    {
        c.Label(ref labels.Handlers[(int)AgentCommand.PendInterrupt]);
        Store(c, SpuriousVector, Enabled);
        c.mov(__byte_ptr[AgentMemory.UsesLocalApic], 1);
        EndInterrupt(c);
        Store(c, CommandHigh, 0);
        c.movzx(edx, __byte_ptr[rbx]);
        c.or(edx, ToSelf);
        c.mov(eax, CommandLow);
        c.mov(__dword_ptr[rax], edx);
        c.ret();

        c.Label(ref labels.Handlers[(int)AgentCommand.ArmEvent]);
        c.mov(eax, __dword_ptr[rbx]);
        c.mov(__dword_ptr[AgentMemory.ArmedEvent], eax);
        c.ret();
    }

    // With interrupts on for a moment. The handler leaves the vector.
    private static void Acknowledge(Assembler c, AgentLabels labels)
    {
        var done = c.CreateLabel("done");
        c.Label(ref labels.Handlers[(int)AgentCommand.AcknowledgeInterrupt]);
        c.mov(__word_ptr[AgentMemory.TakenInterrupt], NoInterrupt);
        c.cmp(__byte_ptr[AgentMemory.UsesLocalApic], 0);
        c.je(done);
        EndInterrupt(c);
        c.sti();
        c.nop();
        c.nop();
        c.cli();
        c.Label(ref done);
        c.mov(ax, __word_ptr[AgentMemory.TakenInterrupt]);
        c.stosw();
        c.ret();
    }

    // An acknowledged interrupt is ended, or it would hold back the next. What is armed is left to the second processor, by INIT and
    // start-up, whatever it did before; it counts long enough for this one to be in the guest by then. Keeps RBX.
    private static void BeforeEntry(Assembler c, AgentLabels labels)
    {
        var withoutApic = c.CreateLabel("without local APIC");
        var unarmed = c.CreateLabel("unarmed");
        var wait = c.CreateLabel("wait");
        c.Label(ref labels.PrepareEntry);
        c.cmp(__byte_ptr[AgentMemory.UsesLocalApic], 0);
        c.je(withoutApic);
        EndInterrupt(c);
        c.Label(ref withoutApic);
        c.mov(edx, __dword_ptr[AgentMemory.ArmedEvent]);
        c.test(edx, edx);
        c.jz(unarmed);
        c.mov(__dword_ptr[AgentMemory.ArmedEvent], 0);
        c.mov(__dword_ptr[AgentMemory.SentEvent], edx);
        // Once more for an NMI that came in a guest: VM entry unblocks NMIs, but not on Bochs. IRET does everywhere.
        ReturnToHere(c);
        Store(c, CommandHigh, SecondProcessor);
        Store(c, CommandLow, Init);
        c.mov(ecx, BeforeStartUp);
        c.Label(ref wait);
        c.dec(ecx);
        c.jnz(wait);
        Store(c, CommandLow, StartUp | (AgentMemory.SecondProcessor >> 12));
        c.Label(ref unarmed);
        c.ret();
    }

    private static void Handlers(Assembler c, AgentLabels labels)
    {
        var next = c.CreateLabel("next register");
        var found = c.CreateLabel("found");
        // An NMI that reaches the agent comes late for its guest.
        c.Label(ref labels.NmiHandler);
        c.iretq();

        // The interrupt in service is the one that was taken: 8 registers of 32 vectors, from the highest on.
        c.Label(ref labels.InterruptHandler);
        c.push(rax);
        c.push(rcx);
        c.push(rdx);
        c.mov(ecx, 8);
        c.mov(edx, InService + (8 * RegisterSpacing));
        c.Label(ref next);
        c.sub(edx, RegisterSpacing);
        c.dec(ecx);
        c.bsr(eax, __dword_ptr[rdx]);
        c.jnz(found);
        c.test(ecx, ecx);
        c.jnz(next);
        c.Label(ref found);
        c.shl(ecx, 5);
        c.add(eax, ecx);
        c.mov(__word_ptr[AgentMemory.TakenInterrupt], ax);
        EndInterrupt(c);
        // With interrupts off again: one is taken, not all.
        c.and(__dword_ptr[rsp + 40], ~InterruptFlag);
        c.pop(rdx);
        c.pop(rcx);
        c.pop(rax);
        c.iretq();
    }

    private const int InterruptFlag = 1 << 9;

    private static void ReturnToHere(Assembler c)
    {
        var here = c.CreateLabel("here");
        c.mov(rax, rsp);
        c.push(Selectors.Data);
        c.push(rax);
        c.pushfq();
        c.push(Selectors.Code);
        c.lea(rax, __[here]);
        c.push(rax);
        c.iretq();
        c.Label(ref here);
    }

    private static void EndInterrupt(Assembler c) => Store(c, EndOfInterrupt, 0);

    // Changes RAX. In 64-bit mode an address of 32 bits is sign-extended; a register holds it as it is.
    private static void Store(Assembler c, uint register, int value)
    {
        c.mov(eax, register);
        c.mov(__dword_ptr[rax], value);
    }
}
