using System;
using VmcsGen.Generators.Model;

namespace VmcsGen.Generators.Specs;

/// <summary>Where a token stands in its file: zero-based lines and columns, and character offsets.</summary>
internal readonly record struct TokenSpan(int Start, int Length, int StartLine, int StartColumn, int EndLine, int EndColumn);

/// <summary>Maps token ordinals to places in the text. Kept apart from the models so that a comment changes only this.</summary>
internal readonly record struct SpecPositions(EquatableArray<TokenSpan> Spans)
{
    public TokenSpan this[int at] => Spans.Count == 0 ? default : Spans[Math.Min(Math.Max(at, 0), Spans.Count - 1)];
}
