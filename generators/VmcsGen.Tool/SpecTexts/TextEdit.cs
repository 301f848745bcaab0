using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace VmcsGen.Tool.SpecTexts;

/// <summary>Another text for a part of a text.</summary>
/// <param name="Start">Where the part begins.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Text">The new text.</param>
internal sealed record TextEdit(int Start, int End, string Text)
{
    /// <summary>Makes edits. Those at one place keep their order.</summary>
    public static string Apply(string text, IEnumerable<TextEdit> edits)
    {
        var result = new StringBuilder();
        var at = 0;
        foreach (var edit in edits.OrderBy(static edit => edit.Start))
        {
            result.Append(text, at, edit.Start - at).Append(edit.Text);
            at = edit.End;
        }
        return result.Append(text, at, text.Length - at).ToString();
    }
}
