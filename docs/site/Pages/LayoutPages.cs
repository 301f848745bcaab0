using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using VmcsGen.Generators.Units;
using VmcsGen.Site.Diagrams;
using VmcsGen.Tool.Specs;
using VmcsGen.Vmx;

namespace VmcsGen.Site.Pages;

/// <summary>The pages of layouts: where software keeps which field of a VMCS.</summary>
internal static class LayoutPages
{
    private const string Title = "Layouts";
    private const string Intro = "Where hypervisors keep the fields of a VMCS in memory.";

    /// <summary>The layouts.</summary>
    public static IReadOnlyList<LayoutUnit> All { get; } = [.. SpecSet.BuiltIn.Units.OfType<LayoutUnit>()];

    /// <summary>Where a layout's page lies.</summary>
    public static string PathOf(LayoutUnit layout) => $"layouts/{Shelves.Words(layout.Name)}.md";

    /// <summary>The page of a layout.</summary>
    public static Page Of(LayoutUnit layout, Links links)
    {
        var path = PathOf(layout);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# {layout.Name}\n\n{links.Text(layout.Doc.Text ?? "", path)} {layout.Size} bytes");
        text.Append(layout.Revision is { } revision ? $", revision 0x{revision:X}. " : ". ");
        text.Append(CultureInfo.InvariantCulture, $"In C#: {links.Type(layout.Name)}.\n\n");
        text.Append(
            LayoutMap.Html(
                layout.Members.Select(member => new LayoutBlock(
                    member.Offset,
                    member.Size,
                    member.Name,
                    links.AddressOf(FieldOf(member), path)
                )),
                layout.Size
            )
        );
        text.Append(
            Markdown.Table(
                ["offset", "size", "member", "native name", ""],
                layout.Members.Select(member =>
                    new[]
                    {
                        $"0x{member.Offset:X3}",
                        $"{member.Size}",
                        links.AddressOf(FieldOf(member), path) is { } address ? $"[{member.Name}]({address})" : $"`{member.Name}`",
                        Markdown.Escape(member.Doc.Native ?? ""),
                        member.Encoding is { } encoding ? $"0x{encoding:X4}" : links.Text(member.Doc.Text ?? "", path),
                    }
                )
            )
        );
        return Page.Markdown(
            path,
            layout.Name,
            $"{layout.Name}: layout of {layout.Size} bytes ({layout.Doc.Native})",
            layout.Doc.Text ?? layout.Name,
            text.ToString()
        );
    }

    /// <summary>The list of layouts.</summary>
    public static Page Index(IReadOnlyList<LayoutUnit> layouts) =>
        Page.Markdown(
            "layouts/index.md",
            Title,
            Title,
            Intro,
            $"# {Title}\n\n{Intro}\n\n"
                + Markdown.Table(
                    ["name", "", ""],
                    layouts.Select(static layout =>
                        new[]
                        {
                            $"[{layout.Name}]({Markdown.Relative("layouts/index.md", PathOf(layout))})",
                            $"{layout.Size} bytes",
                            Markdown.Escape(layout.Doc.Text ?? ""),
                        }
                    )
                )
        );

    private static string FieldOf(LayoutMember member) =>
        member.Encoding is { } encoding && VmcsFields.TryFind((Vmx.VmcsField)encoding, out var info) ? info.Name : "";
}
