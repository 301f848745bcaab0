using System.Runtime.CompilerServices;

namespace BareMetal;

/// <summary>
/// What the compiler makes of <c>$"…"</c> where a line is wanted: each part goes to the serial port at once, and no memory is needed.
/// </summary>
[InterpolatedStringHandler]
internal readonly ref struct SerialText
{
    private const string Digits = "0123456789ABCDEF";

    public SerialText(int literalLength, int formattedCount) { }

    public void AppendLiteral(string text) => Serial.Write(text);

    public void AppendFormatted(string text) => Serial.Write(text);

    public void AppendFormatted(char letter) => Serial.Write(letter);

    public void AppendFormatted(int value) => AppendFormatted((ulong)value);

    public void AppendFormatted(ulong value) => Write(value, 10);

    /// <param name="format">There is one: hexadecimal.</param>
    public void AppendFormatted(ulong value, string format) => Write(value, 16);

    // The digits from the first one on, each on the way back.
    private static void Write(ulong value, ulong radix)
    {
        if (value >= radix)
            Write(value / radix, radix);
        Serial.Write(Digits[(int)(value % radix)]);
    }
}
