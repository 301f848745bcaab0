using Iced.Intel;
using VmcsGen.Vmx.RingZero;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Agent;

/// <summary>What the agent tells of itself when it is ready and asked: all that the other side needs to know, in numbers of 8 bytes.</summary>
internal static class Hello
{
    private const int Size = 12 * sizeof(ulong);

    public static void Write(MachineCode code, AgentLabels labels)
    {
        var c = code.Assembler;
        var isAsked = c.CreateLabel("is asked");
        c.Label(ref labels.SendHello);
        c.mov(al, (sbyte)AgentFrame.Ready);
        c.call(labels.SendByte);
        c.mov(edi, AgentMemory.Request);
        c.mov(ecx, 1);
        c.call(labels.ReceiveBytes);
        c.cmp(al, AgentFrame.Hello);
        c.je(isAsked);
        c.movzx(ebx, al);
        Frames.StopWith(c, labels, AgentError.NoRequest);

        c.Label(ref isAsked);
        c.lea(rsi, __[labels.HelloPayload]);
        c.mov(edi, Frames.ResponsePayload);
        c.mov(ecx, Size);
        c.rep.movsb();
        c.mov(al, (sbyte)AgentFrame.Hello);
        c.jmp(labels.SendFrame);

        // AgentHello of the runtime reads these, in this order.
        code.Table(
            ref labels.HelloPayload,
            Size,
            (writer, addressOf) =>
            {
                writer.Write((ulong)AgentFrame.Version);
                writer.Write((ulong)(AgentMemory.RequestCapacity - AgentFrame.HeaderSize - AgentFrame.ChecksumSize));
                writer.Write(
                    (ulong)(AgentMemory.ResponseCapacity - AgentFrame.HeaderSize - AgentFrame.ChecksumSize - AgentMemory.ResultRoom)
                );
                writer.Write((ulong)AgentMemory.Free);
                writer.Write(addressOf(labels.VmExit));
                writer.Write((ulong)AgentMemory.StackTop);
                writer.Write((ulong)Selectors.Code);
                writer.Write((ulong)Selectors.Data);
                writer.Write((ulong)Selectors.Task);
                writer.Write(addressOf(labels.TaskState));
                writer.Write(addressOf(labels.Gdt));
                writer.Write((ulong)AgentMemory.InterruptTable);
            }
        );
    }
}
