using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Agent;

/// <summary>
/// The agent in 64-bit mode at CPL 0, with interrupts off. It says hello, and then receives a request, executes its
/// commands, sends the results, and begins again.
/// </summary>
/// <remarks>
/// Nothing is kept in registers across an instruction that may raise a fault or enter a guest: what is needed afterwards lies at
/// the addresses of <see cref="AgentMemory"/>.
/// </remarks>
internal static class AgentProgram
{
    public static byte[] Assemble(out uint entry, out uint gdtDescriptor)
    {
        var code = new MachineCode(bitness: 64);
        var c = code.Assembler;
        var labels = new AgentLabels(c);

        var serve = c.CreateLabel("serve");
        c.mov(ax, (short)Selectors.Data);
        c.mov(ds, eax);
        c.mov(es, eax);
        c.mov(ss, eax);
        c.xor(eax, eax);
        c.mov(fs, eax);
        c.mov(gs, eax);
        c.mov(esp, AgentMemory.StackTop);
        c.mov(__qword_ptr[AgentMemory.Next], 0);
        c.mov(__word_ptr[AgentMemory.DataSelector], (short)Selectors.Data);
        c.mov(__byte_ptr[AgentMemory.EntersWithFields], 0);
        c.mov(__dword_ptr[AgentMemory.ArmedEvent], 0);
        c.mov(__byte_ptr[AgentMemory.UsesLocalApic], 0);
        c.mov(ax, (short)Selectors.Task);
        c.ltr(ax);
        c.call(labels.TableInitialize);
        c.lidt(__[labels.IdtDescriptor]);
        c.call(labels.SerialInitialize);
        c.call(labels.SendHello);

        c.Label(ref serve);
        c.call(labels.ReceiveRequest);
        c.call(labels.ExecuteRequest);
        c.call(labels.SendResponse);
        c.jmp(serve);

        SerialPort.Write(c, labels);
        Frames.Write(c, labels);
        Commands.Write(code, labels);
        ProcessorCommands.Write(c, labels);
        MemoryCommands.Write(c, labels);
        VmxCommands.Write(c, labels);
        InstructionForms.Write(code, labels);
        GuestEntry.Write(c, labels);
        FieldCommands.Write(c, labels);
        LocalApic.Write(code, labels);
        Faults.Write(code, labels);
        DescriptorTables.Write(code, labels);
        Hello.Write(code, labels);

        var image = code.Assemble(AgentMemory.Image);
        entry = AgentMemory.Image;
        gdtDescriptor = (uint)code.AddressOf(labels.GdtDescriptor);
        return image;
    }
}
