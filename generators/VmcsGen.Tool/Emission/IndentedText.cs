using System.IO;

namespace VmcsGen.Tool.Emission;

/// <summary>Lines of code, indented.</summary>
/// <param name="writer">Where they go.</param>
internal sealed class IndentedText(TextWriter writer)
{
    private const string Unit = "    ";

    private string _indent = "";

    /// <summary>A line.</summary>
    public void Line(string text = "") => writer.Write(text.Length == 0 ? "\n" : $"{_indent}{text}\n");

    /// <summary>Indents what follows.</summary>
    public void In() => _indent += Unit;

    /// <summary>Ends the indentation.</summary>
    public void Out() => _indent = _indent[Unit.Length..];

    /// <summary>What is said about an item, in one line that no comment's end can leave.</summary>
    public static string OneLine(string text) => text.Replace("*/", "* /", System.StringComparison.Ordinal).ReplaceLineEndings(" ");
}
