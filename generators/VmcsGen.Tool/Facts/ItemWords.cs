using System.Collections.Generic;
using VmcsGen.Generators.Model;

namespace VmcsGen.Tool.Facts;

/// <summary>What a spec says of an item in words, as details of a fact.</summary>
internal static class ItemWords
{
    /// <summary>What it is.</summary>
    public static IEnumerable<(string Subject, string Text)> Meaning(ItemDoc? doc)
    {
        if (doc?.Text is { } text)
            yield return ("meaning", text);
        if (doc?.Obsolete is { } obsolete)
            yield return ("obsolete", obsolete);
    }

    /// <summary>Where it comes from.</summary>
    public static IEnumerable<(string Subject, string Text)> Origin(ItemDoc? doc)
    {
        if (doc?.Sdm is { } manual)
            yield return ("in the manual", manual);
        if (doc?.Since is { } since)
            yield return ("since", $"Linux {since}");
        if (doc?.See is { } source)
            yield return ("source", source);
    }
}
