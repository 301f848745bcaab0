using System.Collections.Generic;

namespace VmcsGen.Generators.Specs;

/// <summary>
/// A node of a spec document. <see cref="At"/> is the ordinal of the node's token in the document: it stays the same
/// when only comments or white space change, and <see cref="SpecPositions"/> turns it into a line and a column.
/// </summary>
internal abstract class SpecNode(int at)
{
    public int At { get; } = at;

    /// <summary>What an error message calls this node.</summary>
    public abstract string Description { get; }
}

internal sealed class SpecScalar(int at, string text, bool isQuoted) : SpecNode(at)
{
    public string Text { get; } = text;

    public bool IsQuoted { get; } = isQuoted;

    public override string Description => Text.Length == 0 ? "nothing" : $"'{Clip(Text)}'";

    private static string Clip(string text) => text.Length <= 60 ? text : text.Substring(0, 57) + "...";
}

/// <summary>A node that has been reported already: there is nothing more to say about it.</summary>
internal sealed class SpecUnreadable(int at) : SpecNode(at)
{
    public override string Description => "nothing";
}

internal sealed class SpecList(int at) : SpecNode(at)
{
    public List<SpecNode> Items { get; } = [];

    public override string Description => "a list";
}

internal sealed class SpecMap(int at) : SpecNode(at)
{
    public List<KeyValuePair<SpecScalar, SpecNode>> Entries { get; } = [];

    /// <summary>Whether it has something that was reported and is not among the entries.</summary>
    public bool IsBroken { get; set; }

    public override string Description => "a mapping";
}
