using System;
using System.Buffers;
using System.IO;
using System.Text;
using System.Text.Json;
using VmcsGen.Tool.Output;

namespace VmcsGen.Tool;

/// <summary>What a command reads and writes.</summary>
/// <param name="Input">Standard input, opened when it is asked for.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
/// <param name="IsTerminal">Whether a person sees the output at once.</param>
internal sealed record Terminal(Func<Stream> Input, TextWriter Output, TextWriter Error, bool IsTerminal)
{
    /// <summary>Whether a person sees standard error at once.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Text for a person.</summary>
    public Page NewPage() => new(Output, IsTerminal);

    /// <summary>Opens a file, or standard input for <c>-</c>.</summary>
    /// <exception cref="InputException">It cannot be opened.</exception>
    public Stream Open(string path)
    {
        if (path.Length == 0)
            throw new InputException("the name of a file is empty.");
        if (path != "-" && Directory.Exists(path))
            throw new InputException($"{path}: the file cannot be read: it is a folder.");
        try
        {
            return path == "-" ? Input() : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: the file cannot be read: {e.Message}");
        }
    }

    /// <summary>JSON for a program, in a line.</summary>
    public void WriteJsonLine(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
            write(json);
        Output.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    /// <summary>JSON for a program.</summary>
    public void WriteJson(Action<Utf8JsonWriter> write) => Output.WriteLine(Json(write));

    /// <summary>JSON as text.</summary>
    public static string Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
            write(json);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
