using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;

namespace VmcsGen.Testing;

/// <summary>
/// A fenced block of a Markdown document. An HTML comment directly above it may say how it is tested:
/// <c>mistake: VMCS0005</c> for a spec that is reported so, <c>continues</c> for C# that goes on where the block before it ended,
/// <c>given: KvmVm vm</c> for C# that stands in a method with these parameters.
/// </summary>
/// <param name="Document">The document's path.</param>
/// <param name="Line">The line, from one, of the block's first line of text.</param>
/// <param name="Language">The word behind the fence.</param>
/// <param name="Mark">The comment above, or nothing.</param>
/// <param name="Text">The text between the fences.</param>
internal sealed partial record DocumentBlock(string Document, int Line, string Language, string Mark, string Text)
{
    private const string Fence = "```";

    /// <summary>The diagnostic that the block shows; null when it is right.</summary>
    public string? Mistake => Mark.StartsWith("mistake: ", StringComparison.Ordinal) ? Mark["mistake: ".Length..] : null;

    /// <summary>The parameters of the method whose body the block is; null when it is none.</summary>
    public string? Given => Mark.StartsWith("given: ", StringComparison.Ordinal) ? Mark["given: ".Length..] : null;

    public bool Continues => Mark == "continues";

    /// <summary>The name of the file that the block is, if its first comment says one: <c># acme.vmcs.yaml</c>.</summary>
    public string FileName => FileComment().Match(Text) is { Success: true } match ? match.Groups[1].Value : $"line-{Line}.vmcs.yaml";

    /// <summary>The text on the lines on which it stands in the document, so that places are those of the document.</summary>
    public string TextInPlace => new string('\n', Line - 1) + Text;

    public static IEnumerable<DocumentBlock> Of(string document, string text)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith(Fence, StringComparison.Ordinal))
                continue;
            var end = Array.FindIndex(lines, i + 1, static line => line == Fence);
            if (end < 0)
                throw new FormatException($"{document}({i + 1}): this block has no end.");
            var comment = i > 0 ? Comment().Match(lines[i - 1]) : Match.Empty;
            yield return new(
                document,
                i + 2,
                lines[i][Fence.Length..],
                comment.Success ? comment.Groups[1].Value : "",
                string.Join('\n', lines[(i + 1)..end]) + "\n"
            );
            i = end;
        }
    }

    [GeneratedRegex("^<!-- (.*) -->$")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\A(?:# yaml-language-server: [^\n]*\n)?# (\S+\.vmcs\.yaml)\n")]
    private static partial Regex FileComment();
}
