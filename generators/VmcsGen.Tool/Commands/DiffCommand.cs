using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Text.Json;
using VmcsGen.Tool.Images;
using VmcsGen.Tool.Output;

namespace VmcsGen.Tool.Commands;

/// <summary><c>vmcsgen diff</c>: what two images of a kind have otherwise.</summary>
internal static class DiffCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        var first = new Argument<string>("A") { Description = "An image, of a kind that 'vmcsgen decode' reads." };
        var second = new Argument<string>("B") { Description = "Another of the same kind." };
        var json = new Option<bool>("--json") { Description = "Write JSON." };
        var command = new ToolCommand(
            "diff",
            "Shows what two images of a kind have otherwise, value by value.\n"
                + "Exit codes: 0 nothing, 1 something, 2 the input cannot be used.",
            ("vmcsgen diff before.bin after.bin", "Two vmcs12 pages, nested states, kvm_run pages or snapshots:")
        )
        {
            first,
            second,
            json,
        };
        var options = new ImageOptions(command);
        command.SetAction(parsed =>
        {
            var reader = options.Read(parsed);
            var (kind, before) = Read(terminal, reader, parsed.GetValue(first)!);
            var (other, after) = Read(terminal, reader, parsed.GetValue(second)!);
            if (kind != other)
            {
                throw new InputException(
                    $"{parsed.GetValue(first)} is a {ImageReader.Name(kind)} and {parsed.GetValue(second)} a {ImageReader.Name(other)}: only two of a kind can be compared."
                );
            }
            var differences = ImageDifferences.Find(before, after);
            if (parsed.GetValue(json))
                terminal.WriteJson(writer => Write(writer, differences));
            else
                Write(terminal.NewPage(), differences);
            return differences.Count == 0 ? ExitCodes.Good : ExitCodes.Found;
        });
        return command;
    }

    private static (ImageKind Kind, IReadOnlyList<DecodedPart> Parts) Read(Terminal terminal, ImageReader reader, string path)
    {
        using var stream = terminal.Open(path);
        try
        {
            var (kind, image) = reader.Recognize(path, stream);
            return kind == ImageKind.Trace
                ? throw new InputException($"{path}: the file is a trace. Only images can be compared.")
                : (kind, reader.Read(path, kind, image));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: the file cannot be read: {e.Message}");
        }
    }

    private static void Write(Page page, IReadOnlyList<ImageDifference> differences)
    {
        if (differences.Count == 0)
            page.Line("The two are the same.");
        foreach (var part in differences.GroupBy(static one => one.Part))
        {
            page.Heading(part.Key);
            page.Rows(part.Select(static one => new[] { one.Name, Text(one.Before), "->", Text(one.After) }));
        }
    }

    private static string Text(DecodedValue? value) =>
        value is null ? "(none)"
        : value.Words.Length == 0 ? value.Value
        : $"{value.Value} ({value.Words})";

    private static void Write(Utf8JsonWriter json, IReadOnlyList<ImageDifference> differences)
    {
        json.WriteStartObject();
        json.WriteStartArray("differences");
        foreach (var one in differences)
        {
            json.WriteStartObject();
            json.WriteString("part", one.Part);
            json.WriteString("name", one.Name);
            json.WriteString("before", one.Before?.Value);
            json.WriteString("after", one.After?.Value);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
