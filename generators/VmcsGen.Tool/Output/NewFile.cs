using System;
using System.IO;
using System.Text;

namespace VmcsGen.Tool.Output;

/// <summary>Writes a file whole or not at all, whatever ends the program.</summary>
internal static class NewFile
{
    /// <summary>Writes bytes.</summary>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            try
            {
                using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
                    write(stream);
                File.Move(temporary, path, overwrite: true);
            }
            finally
            {
                File.Delete(temporary);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: the file cannot be written: {e.Message}");
        }
    }

    /// <summary>Writes text, to standard output if no file is given.</summary>
    public static void WriteText(Terminal terminal, string? path, Action<TextWriter> write)
    {
        if (path is null)
        {
            write(terminal.Output);
            return;
        }
        Write(
            path,
            stream =>
            {
                using var writer = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" };
                write(writer);
            }
        );
    }
}
