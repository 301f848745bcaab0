using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Dumps;

/// <summary>A line that a dialect prints.</summary>
/// <param name="Dialect">Who prints it.</param>
/// <param name="Section">Where.</param>
/// <param name="Parts">What it consists of.</param>
/// <param name="BeginsDump">Whether a dump begins with it.</param>
internal sealed record DumpForm(DumpDialect Dialect, DumpSection Section, IReadOnlyList<DumpFormPart> Parts, bool BeginsDump = false)
{
    /// <summary>The list of MSRs that it begins or, with an MSR, goes on with.</summary>
    public MsrList List { get; init; }

    // Of words in parentheses more are not looked at.
    private const int MostWords = 8;

    /// <summary>A line of a section.</summary>
    public static DumpForm Of(DumpDialect dialect, DumpSection section, DumpFormText text) => new(dialect, section, text.Parts);

    /// <summary>The fields whose values it holds.</summary>
    public IEnumerable<VmcsField> Fields =>
        Parts.Where(static part => part.Field is not null).Select(static part => part.Field!.Value).Distinct();

    /// <summary>Whether it begins a dump or a section of one.</summary>
    public bool IsHeading => BeginsDump || Parts[0].Literal == "***";

    /// <summary>Compares it with what stands in a log.</summary>
    /// <param name="tokens">The log.</param>
    /// <param name="start">Where the line may begin.</param>
    public DumpMatch Match(IReadOnlyList<Token> tokens, int start)
    {
        var match = new DumpMatch(this, start);
        var position = start;
        for (var i = 0; i < Parts.Count; i++)
        {
            var part = Parts[i];
            if (part.IsWords)
            {
                var last = position + MostWords;
                while (position < tokens.Count && position < last && tokens[position].Text != Parts[i + 1].Literal)
                    position++;
                continue;
            }
            if (position == tokens.Count)
            {
                match.RanOut = true;
                return match;
            }
            var token = tokens[position];
            if (part.Literal is not null)
            {
                if (token.Text != part.Literal)
                    return match;
            }
            else if (!match.TryAdd(part, token))
            {
                return match;
            }
            match.End = ++position;
        }
        match.IsWhole = true;
        return match;
    }
}
