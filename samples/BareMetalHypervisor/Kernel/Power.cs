namespace BareMetal;

/// <summary>The end of the machine.</summary>
internal static class Power
{
    // Bochs ends when these letters are written to this port (its documentation, "Shutdown port").
    private const ushort ShutdownPort = 0x8900;
    private const string ShutdownWord = "Shutdown";

    /// <summary>Says with what status the program outside shall end, and switches the machine off.</summary>
    public static void Off(uint status)
    {
        Serial.Line($"The machine is switched off with status {status}.");
        Serial.Flush();
        for (var i = 0; i < ShutdownWord.Length; i++)
            Cpu.Out(ShutdownPort, (byte)ShutdownWord[i]);
        Cpu.Halt();
    }

    /// <summary>Tells why the story cannot go on, and ends it.</summary>
    public static void Fail(string reason)
    {
        Serial.Line(reason);
        Off(1);
    }
}
