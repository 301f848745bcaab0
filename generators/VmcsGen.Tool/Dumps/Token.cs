namespace VmcsGen.Tool.Dumps;

/// <summary>A word, number or sign of a log.</summary>
/// <param name="Text">What it is.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Column">Where it begins in the line, from 1.</param>
internal readonly record struct Token(string Text, int Line, int Column);
