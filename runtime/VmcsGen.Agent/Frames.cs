using Iced.Intel;
using VmcsGen.Vmx.RingZero;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Agent;

/// <summary>Frames in and out, with their checksums, and the end of the agent when something is wrong with one.</summary>
internal static class Frames
{
    /// <summary>Where a response's payload begins.</summary>
    public const int ResponsePayload = AgentMemory.Response + AgentFrame.HeaderSize;

    /// <summary>Where a request's commands begin.</summary>
    public const int RequestPayload = AgentMemory.Request + AgentFrame.HeaderSize;

    public static void Write(Assembler c, AgentLabels labels)
    {
        var checksum = c.CreateLabel("checksum");
        ReceiveRequest(c, labels, checksum);
        SendFrame(c, labels, checksum);
        Stop(c, labels);
        Checksum(c, checksum);
    }

    // Leaves the end of the commands in [RequestEnd].
    private static void ReceiveRequest(Assembler c, AgentLabels labels, Label checksum)
    {
        var isRequest = c.CreateLabel("is a request");
        var fits = c.CreateLabel("fits");
        var isRight = c.CreateLabel("checksum is right");
        c.Label(ref labels.ReceiveRequest);
        c.mov(edi, AgentMemory.Request);
        c.mov(ecx, 1);
        c.call(labels.ReceiveBytes);
        c.cmp(al, AgentFrame.Request);
        c.je(isRequest);
        c.movzx(ebx, al);
        StopWith(c, labels, AgentError.NoRequest);

        c.Label(ref isRequest);
        c.mov(ecx, sizeof(uint));
        c.call(labels.ReceiveBytes);
        c.mov(ecx, __dword_ptr[AgentMemory.Request + 1]);
        c.cmp(ecx, AgentMemory.RequestCapacity - AgentFrame.HeaderSize - AgentFrame.ChecksumSize);
        c.jbe(fits);
        c.mov(ebx, ecx);
        StopWith(c, labels, AgentError.RequestTooLong);

        c.Label(ref fits);
        c.call(labels.ReceiveBytes);
        c.mov(__qword_ptr[AgentMemory.RequestEnd], rdi);
        c.mov(ecx, AgentFrame.ChecksumSize);
        c.call(labels.ReceiveBytes);
        c.mov(esi, AgentMemory.Request);
        c.mov(rdi, __qword_ptr[AgentMemory.RequestEnd]);
        c.call(checksum);
        c.mov(ebx, __dword_ptr[rdi]);
        c.cmp(eax, ebx);
        c.je(isRight);
        c.mov(ecx, eax);
        StopWith(c, labels, AgentError.WrongChecksum);
        c.Label(ref isRight);
        c.ret();
    }

    // RDI: the end of the response's payload. For SendFrame AL is the kind.
    private static void SendFrame(Assembler c, AgentLabels labels, Label checksum)
    {
        var next = c.CreateLabel("next");
        c.Label(ref labels.SendResponse);
        c.mov(al, (sbyte)AgentFrame.Results);
        c.Label(ref labels.SendFrame);
        c.mov(__byte_ptr[AgentMemory.Response], al);
        c.lea(rax, __[rdi - ResponsePayload]);
        c.mov(__dword_ptr[AgentMemory.Response + 1], eax);
        c.mov(esi, AgentMemory.Response);
        c.call(checksum);
        c.stosd();
        c.mov(esi, AgentMemory.Response);
        c.Label(ref next);
        c.lodsb();
        c.call(labels.SendByte);
        c.cmp(rsi, rdi);
        c.jb(next);
        c.ret();
    }

    // AL: the error; RBX, RCX: what belongs to it. HLT with interrupts off is for ever.
    private static void Stop(Assembler c, AgentLabels labels)
    {
        var halt = c.CreateLabel("halt");
        c.Label(ref labels.Stop);
        c.mov(edi, ResponsePayload);
        c.stosb();
        c.mov(rax, rbx);
        c.stosq();
        c.mov(rax, rcx);
        c.stosq();
        c.mov(al, (sbyte)AgentFrame.Error);
        c.call(labels.SendFrame);
        c.Label(ref halt);
        c.hlt();
        c.jmp(halt);
    }

    public static void StopWith(Assembler c, AgentLabels labels, AgentError error)
    {
        c.mov(al, (sbyte)error);
        c.jmp(labels.Stop);
    }

    // RSI to RDI: the bytes. EAX: their checksum. Changes EDX and RSI.
    private static void Checksum(Assembler c, Label checksum)
    {
        var next = c.CreateLabel("next");
        c.Label(ref checksum);
        c.mov(eax, AgentFrame.ChecksumStart);
        c.Label(ref next);
        c.movzx(edx, __byte_ptr[rsi]);
        c.xor(eax, edx);
        c.imul(eax, eax, AgentFrame.ChecksumFactor);
        c.inc(rsi);
        c.cmp(rsi, rdi);
        c.jb(next);
        c.ret();
    }
}
