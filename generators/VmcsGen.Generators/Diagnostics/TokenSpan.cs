namespace VmcsGen.Generators.Diagnostics;

/// <summary>Where a token stands in its file: zero-based lines and columns, and character offsets.</summary>
internal readonly record struct TokenSpan(int Start, int Length, int StartLine, int StartColumn, int EndLine, int EndColumn);
