using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Spectre.Console;

namespace VmcsGen.Tool.Output;

/// <summary>Text for a person. Colours and line breaks at the width are for terminals alone.</summary>
internal sealed class Page
{
    // Of what is no terminal, lines are as long as they are.
    private const int Unbounded = 1 << 14;

    private readonly IAnsiConsole _console;

    /// <param name="writer">Where the text goes.</param>
    /// <param name="isTerminal">Whether that is a terminal.</param>
    public Page(TextWriter writer, bool isTerminal)
    {
        var output = new AnsiConsoleOutput(writer);
        _console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
                ColorSystem = isTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
                Interactive = InteractionSupport.No,
                Out = output,
            }
        );
        if (!isTerminal)
            _console.Profile.Width = Unbounded;
    }

    /// <summary>A heading.</summary>
    public void Heading(string text) =>
        _console.Write(new Text(text + Environment.NewLine, new Style(Color.Blue, decoration: Decoration.Bold)));

    /// <summary>What is wrong.</summary>
    public void Alarm(string text) => _console.Write(new Text(text + Environment.NewLine, new Style(Color.Red)));

    /// <summary>A line.</summary>
    public void Line(string text = "") => _console.Write(new Text(text + Environment.NewLine));

    /// <summary>Rows of columns, each as narrow as it can be.</summary>
    public void Rows(IEnumerable<string[]> rows, string indent = "  ")
    {
        var all = rows.ToArray();
        var widths = new List<int>();
        foreach (var row in all)
        {
            for (var i = 0; i < row.Length; i++)
            {
                if (i == widths.Count)
                    widths.Add(0);
                widths[i] = Math.Max(widths[i], row[i].Length);
            }
        }
        foreach (var row in all)
            Line((indent + string.Join("  ", row.Select((cell, i) => cell.PadRight(widths[i])))).TrimEnd());
    }
}
