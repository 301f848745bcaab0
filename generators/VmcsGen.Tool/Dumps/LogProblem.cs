namespace VmcsGen.Tool.Dumps;

/// <summary>What cannot be read in a log or a trace.</summary>
/// <param name="Line">The line, from 1; 0 of a file without lines.</param>
/// <param name="Offset">The offset in the file, from 0.</param>
/// <param name="Text">What is wrong, and what to do.</param>
internal readonly record struct LogProblem(int Line, long Offset, string Text)
{
    /// <summary>Line, offset and what is wrong.</summary>
    public override string ToString() => Line == 0 ? $"byte {Offset}: {Text}" : $"line {Line}, byte {Offset}: {Text}";
}
