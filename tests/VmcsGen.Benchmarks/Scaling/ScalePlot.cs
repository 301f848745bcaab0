using System.Globalization;
using System.IO;
using System.Linq;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;

namespace VmcsGen.Benchmarks;

/// <summary>A table of growing costs, drawn: both axes are logarithmic, so that linear growth is a line that rises by 45 degrees.</summary>
internal static class ScalePlot
{
    private const double Width = 860;
    private const double Height = 420;
    private const double FontSize = 13;

    // Colours that can be seen on white and on black.
    private static readonly OxyColor s_ink = OxyColor.FromRgb(0x80, 0x80, 0x80);
    private static readonly OxyColor s_grid = OxyColor.FromAColor(0x40, s_ink);

    private static readonly OxyColor[] s_lines =
    [
        OxyColor.FromRgb(0x3B, 0x8E, 0xEA),
        OxyColor.FromRgb(0xE6, 0x7E, 0x22),
        OxyColor.FromRgb(0x2E, 0xA0, 0x6B),
        OxyColor.FromRgb(0xA9, 0x6B, 0xD6),
        OxyColor.FromRgb(0xE0, 0x55, 0x5F),
        OxyColor.FromRgb(0x9A, 0x8B, 0x3C),
    ];

    /// <summary>Writes it as an SVG file, which is called after the table.</summary>
    public static void Write(ScaleTable table, string directory)
    {
        var model = new PlotModel
        {
            Title = table.Title,
            TitleFontSize = FontSize,
            TitleFontWeight = FontWeights.Normal,
            DefaultFont = "sans-serif",
            DefaultFontSize = FontSize,
            TextColor = s_ink,
            PlotAreaBorderColor = s_grid,
            Background = OxyColors.Transparent,
        };
        model.Axes.Add(Axis(AxisPosition.Bottom, table.Size));
        model.Axes.Add(Axis(AxisPosition.Left, null));
        model.Legends.Add(new Legend { LegendPosition = LegendPosition.RightTop, LegendPlacement = LegendPlacement.Outside });
        foreach (var ((name, exponent, points), color) in table.Costs.Zip(s_lines))
        {
            var line = new LineSeries
            {
                Title = string.Create(CultureInfo.InvariantCulture, $"{name} (exponent {exponent:F2})"),
                Color = color,
                MarkerType = MarkerType.Circle,
                MarkerSize = 3,
            };
            // A logarithmic axis has no place for nothing.
            line.Points.AddRange(
                points.Where(static point => point.Cost > 0).Select(static point => new DataPoint(point.Size, point.Cost))
            );
            model.Series.Add(line);
        }
        Directory.CreateDirectory(directory);
        var exporter = new SvgExporter
        {
            Width = Width,
            Height = Height,
            TextMeasurer = new WideText(),
        };
        File.WriteAllText(Path.Combine(directory, $"{table.Name}.svg"), exporter.ExportToString(model));
    }

    private static LogarithmicAxis Axis(AxisPosition position, string? title) =>
        new()
        {
            Position = position,
            Title = title,
            StringFormat = "#,0.###",
            AxislineColor = s_ink,
            TicklineColor = s_ink,
            MajorGridlineStyle = LineStyle.Solid,
            MajorGridlineColor = s_grid,
        };

    // Texts are measured in the narrowest of the fonts that a reader may have, which leaves too little room for the others.
    private sealed class WideText() : PdfRenderContext(Width, Height, OxyColors.Transparent)
    {
        private const double Wider = 1.5;

        public override OxySize MeasureText(string text, string fontFamily, double fontSize, double fontWeight)
        {
            var size = base.MeasureText(text, fontFamily, fontSize, fontWeight);
            return new(size.Width * Wider, size.Height * Wider);
        }
    }
}
