using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Agent;

/// <summary>
/// COM1, a 16550A, by polling. There is no flow control: each side sends only while the other one waits for it. The FIFOs are on
/// because Bochs looks for input at the line's rate then, and only every 100 ms of its time otherwise.
/// </summary>
internal static class SerialPort
{
    private const short Data = 0x3F8;
    private const short InterruptEnable = Data + 1;
    private const short FifoControl = Data + 2;
    private const short LineControl = Data + 3;
    private const short ModemControl = Data + 4;
    private const short LineStatus = Data + 5;

    private const sbyte EnableAndClearFifos = 0x07;
    private const int DivisorAccess = 0x80;
    private const sbyte EightBitsNoParity = 0x03;
    private const sbyte DtrAndRts = 0x03;
    private const sbyte DataReady = 0x01;
    private const sbyte TransmitterEmpty = 0x20;

    public static void Write(Assembler c, AgentLabels labels)
    {
        Initialize(c, labels);
        SendByte(c, labels);
        ReceiveBytes(c, labels);
    }

    // 115200 baud, divisor 1: the fastest there is. Emulators heed the rate.
    private static void Initialize(Assembler c, AgentLabels labels)
    {
        c.Label(ref labels.SerialInitialize);
        Out(c, InterruptEnable, 0);
        Out(c, LineControl, unchecked((sbyte)(DivisorAccess | EightBitsNoParity)));
        Out(c, Data, 1);
        Out(c, InterruptEnable, 0);
        Out(c, LineControl, EightBitsNoParity);
        Out(c, FifoControl, EnableAndClearFifos);
        Out(c, ModemControl, DtrAndRts);
        c.ret();
    }

    // AL: the byte. Changes AH and DX.
    private static void SendByte(Assembler c, AgentLabels labels)
    {
        var wait = c.CreateLabel("wait");
        c.Label(ref labels.SendByte);
        c.mov(ah, al);
        c.mov(dx, LineStatus);
        c.Label(ref wait);
        c.@in(al, dx);
        c.test(al, TransmitterEmpty);
        c.jz(wait);
        c.mov(dx, Data);
        c.mov(al, ah);
        c.@out(dx, al);
        c.ret();
    }

    // RDI: where they go, advanced; ECX: how many, 0 afterwards. Changes AL and DX.
    private static void ReceiveBytes(Assembler c, AgentLabels labels)
    {
        var next = c.CreateLabel("next");
        var wait = c.CreateLabel("wait");
        var done = c.CreateLabel("done");
        c.Label(ref labels.ReceiveBytes);
        c.jrcxz(done);
        c.Label(ref next);
        c.mov(dx, LineStatus);
        c.Label(ref wait);
        c.@in(al, dx);
        c.test(al, DataReady);
        c.jz(wait);
        c.mov(dx, Data);
        c.@in(al, dx);
        c.stosb();
        c.dec(ecx);
        c.jnz(next);
        c.Label(ref done);
        c.ret();
    }

    private static void Out(Assembler c, short port, sbyte value)
    {
        c.mov(dx, port);
        c.mov(al, value);
        c.@out(dx, al);
    }
}
