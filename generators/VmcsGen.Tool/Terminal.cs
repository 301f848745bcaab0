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
    /// <summary>Text for a person.</summary>
    public Page NewPage() => new(Output, IsTerminal);

    /// <summary>JSON for a program.</summary>
    public void WriteJson(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
            write(json);
        Output.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }
}
