using System;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Specs;

/// <summary>Maps token ordinals to places in the text. Kept apart from the models so that a comment changes only this.</summary>
internal readonly record struct SpecPositions(EquatableArray<TokenSpan> Spans)
{
    public TokenSpan this[int at] => Spans.Count == 0 ? default : Spans[Math.Min(Math.Max(at, 0), Spans.Count - 1)];
}
