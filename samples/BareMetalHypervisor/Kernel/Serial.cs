namespace BareMetal;

/// <summary>The first serial port: a 16550 UART, on which the story is told.</summary>
internal static class Serial
{
    private const ushort Data = 0x3F8;
    private const ushort LineControl = Data + 3;
    private const ushort LineStatus = Data + 5;
    private const byte EightBitsNoParity = 0x03;
    private const byte HoldsNothing = 1 << 5;
    private const byte HasSentAll = 1 << 6;

    /// <summary>Sets the port up. Its speed stays what it is.</summary>
    public static void Initialize() => Cpu.Out(LineControl, EightBitsNoParity);

    /// <summary>Writes a line.</summary>
    public static void Line(ref SerialText text) => Write('\n');

    /// <summary>Writes a line.</summary>
    public static void Line(string text)
    {
        Write(text);
        Write('\n');
    }

    public static void Write(string text)
    {
        for (var i = 0; i < text.Length; i++)
            Write(text[i]);
    }

    public static void Write(char letter)
    {
        Await(HoldsNothing);
        Cpu.Out(Data, (byte)letter);
    }

    /// <summary>Waits until everything is on the line.</summary>
    public static void Flush() => Await(HasSentAll);

    private static void Await(byte status)
    {
        while ((Cpu.In(LineStatus) & status) == 0) { }
    }
}
