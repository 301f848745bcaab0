using System;
using System.Collections.Generic;
using System.Linq;
using CsCheck;
using VmcsGen.Testing;

namespace VmcsGen.Generators.Tests.Properties;

/// <summary>Ways to spoil a spec.</summary>
internal static class SpecMutations
{
    private static readonly string[] Pieces =
    [
        " ",
        "\n",
        "\t",
        ":",
        ": ",
        ",",
        "- ",
        "{",
        "}",
        "[",
        "]",
        "\"",
        "'",
        "#",
        "&a ",
        "*a",
        "!!str ",
        "|",
        ">",
        "---",
        "...",
        "?",
        "%",
        "@",
        "0x",
        "-1",
        "~",
        "null",
        "\0",
        "\u2028",
        "\uFEFF",
        "\uD800",
        "é",
        "18446744073709551616",
        "0xFFFFFFFFFFFFFFFF",
        "_",
        "struct ",
        "struct acme_state",
        "[]",
        "[4]",
        "[1048577]",
        "AcmeMode",
        "KVM_",
        "true",
    ];

    /// <summary>Texts in which pieces were removed, doubled, put in, or exchanged.</summary>
    public static readonly Gen<SpecText> Spoilt = Gen.Select(
            Gen.OneOf(SpecSamples.All.ToArray()),
            Gen.Select(Gen.Int[0, 4], Gen.Int[0, 5000], Gen.Int[0, 40], Gen.OneOf(Pieces)).Array[1, 4]
        )
        .Select(static (spec, changes) => new SpecText(spec.Path, changes.Aggregate(spec.Text, Spoil)));

    /// <summary>Texts that are still YAML of the same form: words stand in the places of others.</summary>
    public static readonly Gen<SpecText> Reworded = Gen.Select(
            Gen.OneOf(SpecSamples.All.ToArray()),
            Gen.Select(Gen.Int[0, 500], Gen.Int[0, 500]).Array[1, 3]
        )
        .Select(
            static (spec, changes) =>
                new SpecText(spec.Path, changes.Aggregate(spec.Text, static (text, change) => Reword(text, change.Item1, change.Item2)))
        );

    private static string Spoil(string text, (int Way, int At, int Length, string Piece) change)
    {
        if (text.Length == 0)
            return change.Piece;
        var at = change.At % text.Length;
        var length = Math.Min(change.Length, text.Length - at);
        return change.Way switch
        {
            0 => text.Remove(at, length),
            1 => text.Insert(at, text.Substring(at, length)),
            2 => text.Insert(at, change.Piece),
            3 => text[..at],
            _ => text.Remove(at, length).Insert(at, change.Piece),
        };
    }

    private static string Reword(string text, int from, int to)
    {
        var words = Words(text);
        var (start, length) = words[to % words.Count];
        var (source, taken) = words[from % words.Count];
        return text.Remove(start, length).Insert(start, text.Substring(source, taken));
    }

    private static List<(int Start, int Length)> Words(string text)
    {
        var words = new List<(int Start, int Length)>();
        for (var i = 0; i < text.Length; i++)
        {
            var start = i;
            while (i < text.Length && (char.IsAsciiLetterOrDigit(text[i]) || text[i] is '_' or '-'))
                i++;
            if (i > start)
                words.Add((start, i - start));
        }
        return words;
    }
}
