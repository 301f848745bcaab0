using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.Units;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Emit;

/// <summary>Writes XML documentation and the attributes that carry native names.</summary>
internal static class Docs
{
    private const int Width = 120;

    /// <summary>Documentation of an item: what the spec says as summary; <paramref name="facts"/> and the source as remarks.</summary>
    public static void Write(SourceWriter writer, ItemDoc doc, string fallback, params string?[] facts)
    {
        Element(writer, "summary", doc.Text ?? fallback);
        var remarks = facts.Concat(Remarks(doc)).Where(static fact => !string.IsNullOrEmpty(fact)).ToArray();
        if (remarks.Length > 0)
            Element(writer, "remarks", string.Join(" ", remarks));
    }

    /// <summary><c>[NativeName]</c> where the C# name differs, and <c>[Obsolete]</c> where the spec says so.</summary>
    public static void Attributes(SourceWriter writer, ItemDoc doc, string csharpName)
    {
        if (doc.Native is { } native && native != csharpName)
            writer.Line($"[NativeName({Literal(native)})]");
        if (doc.Obsolete is { } obsolete)
            writer.Line($"[Obsolete({Literal(obsolete)})]");
    }

    public static void Element(SourceWriter writer, string element, string text)
    {
        var end = element.Split(' ')[0];
        var line = $"<{element}>{Escape(text)}</{end}>";
        if (line.Length <= Width)
        {
            writer.Line("/// " + line);
            return;
        }
        writer.Line($"/// <{element}>");
        foreach (var part in Wrap(Escape(text)))
            writer.Line("/// " + part);
        writer.Line($"/// </{end}>");
    }

    /// <summary>What errors mean, as a sentence each; null for none. What hand-written methods say of errors refers to this.</summary>
    public static string? Reasons(string head, EquatableArray<IoctlErrorText> errors) =>
        errors.Count == 0 ? null : head + string.Concat(errors.Select(static e => $" {e.Errno}: {e.Text}"));

    /// <summary>A text as it stands in XML.</summary>
    public static string Escape(string text) =>
        InvisibleText.Replace(
            OneLine(text).Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;"),
            static code => $"&#x{code:X};"
        );

    /// <summary>A text as a literal of C#.</summary>
    public static string Literal(string text) =>
        "\""
        + InvisibleText.Replace(
            OneLine(text).Replace("\\", "\\\\").Replace("\"", "\\\""),
            static code => code > 0xFFFF ? $"\\U{code:X8}" : $"\\u{code:X4}"
        )
        + "\"";

    public static string? LiteralOrNull(string? text) => text is null ? "null" : Literal(text);

    /// <summary>0xFFF to "11:0", as the SDM writes bits.</summary>
    public static string Bits(ulong mask)
    {
        var ranges = new List<string>();
        for (var bit = 0; bit < 64; bit++)
        {
            if ((mask >> bit & 1) == 0)
                continue;
            var low = bit;
            while (bit < 63 && (mask >> (bit + 1) & 1) != 0)
                bit++;
            ranges.Add(low == bit ? $"{low}" : $"{bit}:{low}");
        }
        return string.Join(", ", ranges);
    }

    // Neither line ends of any kind nor characters that XML cannot hold.
    private static string OneLine(string text) =>
        InvisibleText.WithoutHalves(
            new(
                text.Replace("\r", "")
                    .Select(static c => char.IsControl(c) || c is '\u2028' or '\u2029' or '\uFFFE' or '\uFFFF' ? ' ' : c)
                    .ToArray()
            )
        );

    private static IEnumerable<string?> Remarks(ItemDoc doc)
    {
        yield return doc.Sdm is null ? null : $"SDM name: {doc.Sdm}.";
        yield return doc.Capability is null ? null : $"Announced by {doc.Capability}.";
        yield return doc.Since is null ? null : $"Since Linux {doc.Since}.";
        yield return doc.See is null ? null : $"Source: {doc.See}.";
    }

    private static IEnumerable<string> Wrap(string text)
    {
        var line = "";
        foreach (var word in text.Split([' '], StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > Width)
            {
                yield return line;
                line = "";
            }
            line = line.Length == 0 ? word : line + " " + word;
        }
        if (line.Length > 0)
            yield return line;
    }
}
