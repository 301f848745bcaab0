using System.Collections.Generic;
using System.Linq;
using YamlDotNet.RepresentationModel;

namespace VmcsGen.Oracle.Tests.Mutations;

/// <summary>Another text for one value of a spec.</summary>
/// <param name="Path">The spec, from the root of the repository.</param>
/// <param name="Start">Where the value begins.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Text">The new text.</param>
/// <param name="Lines">The lines of the value and of its item's name: edits of other values leave lines where they are.</param>
/// <param name="Item">The name of its item.</param>
internal sealed record SpecChange(string Path, int Start, int End, string Text, (long Value, long Name) Lines, string Item)
{
    public static SpecChange Of(string path, YamlNode name, YamlNode value, string text) =>
        new(path, (int)value.Start.Index, (int)value.End.Index, text, (value.Start.Line, name.Start.Line), $"{name}");

    /// <summary>Makes changes in the text of a spec.</summary>
    public static string Apply(string text, IEnumerable<SpecChange> changes)
    {
        foreach (var change in changes.OrderByDescending(static change => change.Start))
            text = string.Concat(text[..change.Start], change.Text, text[change.End..]);
        return text;
    }
}
