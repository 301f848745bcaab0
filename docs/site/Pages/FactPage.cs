using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using VmcsGen.Tool.Facts;

namespace VmcsGen.Site.Pages;

/// <summary>The page of one item.</summary>
internal static class FactPage
{
    private const string Meaning = "meaning";

    /// <summary>Makes it.</summary>
    public static Page Of(Shelf shelf, Fact fact, Links links, RuleFindings findings)
    {
        var path = shelf.PathOf(fact);
        var heading = shelf.Heading(fact);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# {Markdown.Escape(heading)}\n\n");
        text.Append(
            CultureInfo.InvariantCulture,
            $"{string.Join(" · ", OtherNames(fact, heading).Select(static name => $"`{name}`").Append(WhatItIs(fact, path, links)))}\n\n"
        );
        foreach (var (_, meaning) in fact.Details.Where(static detail => detail.Subject == Meaning))
            text.Append(CultureInfo.InvariantCulture, $"{links.Text(meaning, path)}\n\n");
        text.Append(
            Markdown.Table(
                ["", ""],
                fact.Details.Where(static detail => detail.Subject != Meaning)
                    .Select(detail => new[] { Markdown.Escape(detail.Subject), links.Text(detail.Text, path) })
            )
        );
        text.Append('\n');
        if (fact.Kind is "field" or "msr" && fact.Table().ToArray() is { Length: not 0 } bits)
            text.Append(
                CultureInfo.InvariantCulture,
                $"## Bits\n\n{Markdown.Table(["bits", "name", "", ""], bits.Select(row => row.Select(cell => links.Text(cell, path)).ToArray()))}\n"
            );
        if (fact.Kind == "ioctl" && IoctlFacts.ArgumentOf(fact.Name) is { } shape)
            text.Append(StructSection.Of(shape, path, links));
        if (fact.Kind == "rule")
            text.Append(findings.SectionOf(fact.Name, path, links));
        return Page.Markdown(path, heading, Title(fact, heading), Description(fact), text.ToString());
    }

    /// <summary>Name, what it is, and the other names: what the search looks at first.</summary>
    private static string Title(Fact fact, string heading)
    {
        var names = OtherNames(fact, heading).ToArray();
        return $"{heading}: {Summary(fact)}{(names.Length == 0 ? "" : $" ({string.Join(", ", names)})")}";
    }

    private static string Description(Fact fact) =>
        fact.Details.Where(static detail => detail.Subject == Meaning).Select(static detail => detail.Text).FirstOrDefault(fact.Summary);

    // The page of a control word has all of its bits.
    private static string WhatItIs(Fact fact, string path, Links links) =>
        fact.Kind == "control"
            ? $"{fact.Summary[..^fact.Group!.Length]}[{fact.Group}]({Markdown.Relative(path, ControlWordPages.PathOf(fact.Group))})"
            : links.Text(Summary(fact), path);

    private static string Summary(Fact fact) => fact.Kind == "ioctl" ? $"ioctl 0x{fact.Number:X}" : fact.Summary;

    private static IEnumerable<string> OtherNames(Fact fact, string heading) =>
        new[] { fact.Name, fact.NativeName, fact.ManualName }.OfType<string>().Distinct().Where(name => name != heading);
}
