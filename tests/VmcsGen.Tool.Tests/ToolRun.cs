using System;
using System.IO;
using System.Text;
using VmcsGen.Tool;

namespace VmcsGen.Tool.Tests;

/// <summary>A command line, and what came of it.</summary>
internal sealed record ToolRun(int ExitCode, string Output, string Error)
{
    public static ToolRun Of(params string[] arguments) => Of([], arguments);

    public static ToolRun Of(byte[] input, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = Program.Run(arguments, new(() => new MemoryStream(input), output, error, IsTerminal: false));
        return new(code, output.ToString(), error.ToString());
    }

    public static ToolRun Why(string log, params string[] options) => Of(Encoding.Latin1.GetBytes(log), ["why", "-", .. options]);

    public static string DumpPath(string name) => Path.Combine(AppContext.BaseDirectory, "Dumps", name);
}
