using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Xml.Linq;

namespace VmcsGen.Site.Diagrams;

/// <summary>A map of memory: rows of bytes, and in them what lies where. Its colours are those of the page.</summary>
internal static class LayoutMap
{
    private const int Width = 1000;
    private const int Margin = 60;
    private const int RowHeight = 26;
    private const int TallRowHeight = 40;
    private const int SmallStruct = 128;
    private const double CharacterWidth = 7.2;

    private static readonly XNamespace s_svg = "http://www.w3.org/2000/svg";

    /// <summary>The map as a piece of HTML without an empty line, as Markdown takes it.</summary>
    public static string Html(IEnumerable<LayoutBlock> blocks, int size) =>
        $"<div class=\"diagram\">\n{Draw([.. blocks], size).ToString(SaveOptions.DisableFormatting)}\n</div>\n\n";

    private static XElement Draw(LayoutBlock[] blocks, int size)
    {
        var bytes = size <= SmallStruct ? 8 : 16;
        var svg = new XElement(
            s_svg + "svg",
            new XAttribute("class", "layout"),
            new XAttribute("role", "img"),
            new XAttribute("aria-label", "map of the layout")
        );
        var named = new HashSet<LayoutBlock>();
        var y = 0;
        foreach (var row in LayoutRow.Cut(blocks, size, bytes))
        {
            var height = row.Rows > 1 ? TallRowHeight : RowHeight;
            svg.Add(
                new XElement(
                    s_svg + "text",
                    At("x", Margin - 8),
                    At("y", y + (height / 2)),
                    new XAttribute("class", "offset"),
                    $"0x{row.Start:X3}"
                )
            );
            foreach (var part in row.Parts)
            {
                var end = row.Start + (row.Rows * bytes);
                var (from, to) = (Math.Max(part.Offset, row.Start), Math.Min(part.End, end));
                var unit = (double)(Width - Margin) / bytes;
                var (x, width) = (Margin + ((from - row.Start) * unit), (row.Rows > 1 ? bytes : to - from) * unit);
                svg.Add(Cell(part, x, y, width, height, WidestPart(part, row, bytes) && named.Add(part)));
            }
            y += height;
        }
        svg.Add(new XAttribute("viewBox", $"0 0 {Width} {y}"));
        return svg;
    }

    // The name stands once: in the first row that has as much of the block as any.
    private static bool WidestPart(LayoutBlock block, LayoutRow row, int bytes)
    {
        var end = row.Start + (row.Rows * bytes);
        var here = Math.Min(block.End, end) - Math.Max(block.Offset, row.Start);
        var most = Math.Min(block.Size, bytes);
        var inFirst = Math.Min(block.End, ((block.Offset / bytes) + 1) * bytes) - block.Offset;
        return here >= most || (block.Size < 2 * bytes && here >= block.Size - inFirst && here >= inFirst);
    }

    private static XElement Cell(LayoutBlock block, double x, int y, double width, int height, bool isNamed)
    {
        var isGap = block.Name.Length == 0;
        var cell = new XElement(
            s_svg + "g",
            new XElement(s_svg + "title", $"0x{block.Offset:X3}, {block.Size} bytes: {(isGap ? "nothing" : block.Name)}"),
            new XElement(
                s_svg + "rect",
                At("x", x),
                At("y", y),
                At("width", width),
                At("height", height),
                new XAttribute("class", isGap ? "gap" : "block")
            )
        );
        if (isNamed && !isGap)
            cell.Add(new XElement(s_svg + "text", At("x", x + (width / 2)), At("y", y + (height / 2)), Fitting(block, width)));
        return block.Address is { } address ? new XElement(s_svg + "a", new XAttribute("href", address), cell) : cell;
    }

    private static string Fitting(LayoutBlock block, double width)
    {
        var most = (int)((width - 6) / CharacterWidth);
        return block.Name.Length <= most ? block.Name
            : most < 2 ? ""
            : $"{block.Name[..(most - 1)]}…";
    }

    private static XAttribute At(string name, double value) => new(name, value.ToString("0.##", CultureInfo.InvariantCulture));
}
