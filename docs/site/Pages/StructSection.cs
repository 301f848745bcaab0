using System.Globalization;
using System.Linq;
using System.Text;
using VmcsGen.Generators.Abi;
using VmcsGen.Site.Diagrams;
using VmcsGen.Tool.Specs;

namespace VmcsGen.Site.Pages;

/// <summary>The struct of an ioctl, drawn and as a table.</summary>
internal static class StructSection
{
    /// <summary>Makes it.</summary>
    public static string Of(StructShape shape, string path, Links links)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"## {(shape.IsUnion ? "union" : "struct")} {Markdown.Escape(shape.Native)}\n\n");
        text.Append(
            CultureInfo.InvariantCulture,
            $"{links.Text(shape.Doc.Text ?? "", path)} {shape.Size} bytes. In C#: {links.Type(shape.CSharpName)}.\n\n"
        );
        if (shape.Members.Count > 1)
            text.Append(
                LayoutMap.Html(
                    shape.Members.Select(static member => new LayoutBlock(member.Offset, member.Size, NameOf(member), null)),
                    shape.Size
                )
            );
        text.Append(
            Markdown.Table(
                ["offset", "size", "type", "member", ""],
                StructTable.Rows(SpecSet.Kvm, shape).Select(row => row.Select((cell, i) => Cell(cell, i, path, links)).ToArray())
            )
        );
        return text.Append('\n').ToString();
    }

    private static string NameOf(MemberShape member) =>
        member.IsPadding ? "" : member.Native + string.Concat(member.Bounds.Select(static bound => $"[{bound}]"));

    // Members of members are indented.
    private static string Cell(string cell, int column, string path, Links links) =>
        column switch
        {
            3 => string.Concat(Enumerable.Repeat("&emsp;", (cell.Length - cell.TrimStart().Length) / 2)) + $"`{cell.TrimStart()}`",
            4 => links.Text(cell, path),
            _ => Markdown.Escape(cell),
        };
}
