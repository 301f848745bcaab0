namespace System.Runtime.CompilerServices;

/// <summary>
/// What the compiler makes of <c>$"…"</c> where a string is wanted. Numbers are whole, and the one format is hexadecimal.
/// </summary>
[InterpolatedStringHandler]
public ref struct DefaultInterpolatedStringHandler
{
    private string _text;

    public DefaultInterpolatedStringHandler(int literalLength, int formattedCount) => _text = "";

    public void AppendLiteral(string text) => _text = string.Concat(_text, text);

    public void AppendFormatted(string? text) => _text = string.Concat(_text, text ?? "");

    public void AppendFormatted<T>(T value) => AppendFormatted(value!.ToString());

    public void AppendFormatted(ulong value, string format) => AppendFormatted(string.Of(value, 16));

    public void AppendFormatted(uint value, string format) => AppendFormatted((ulong)value, format);

    public void AppendFormatted(int value, string format) => AppendFormatted((ulong)(uint)value, format);

    public void AppendFormatted(ushort value, string format) => AppendFormatted((ulong)value, format);

    public string ToStringAndClear() => _text;
}
