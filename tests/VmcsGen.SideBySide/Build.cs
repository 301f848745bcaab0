using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using VmcsGen.Vmx;

namespace VmcsGen.SideBySide;

/// <summary>Makes the programs that are compared.</summary>
internal static class Build
{
    /// <summary>The file that the C program is.</summary>
    public const string CName = "measure";

    /// <summary>The file that the C# program as native code is.</summary>
    public const string AotName = "VmcsGen.SideBySide.CSharp";

    /// <summary>The C# program for the JIT, which is built with this one.</summary>
    public static string Jit { get; } = Path.Combine(AppContext.BaseDirectory, "VmcsGen.SideBySide.CSharp.dll");

    private static string Tests { get; } = Path.Combine(FindRoot(), "tests");

    /// <summary>The C program.</summary>
    public static string C(string directory)
    {
        var program = Path.Combine(directory, CName);
        File.WriteAllText(Path.Combine(directory, "vmcs12.inc"), Vmcs12Fields());
        Run("gcc", "-O2", "-Wall", "-I", directory, Path.Combine(Tests, "VmcsGen.SideBySide", "c", "measure.c"), "-o", program, "-pthread");
        return program;
    }

    /// <summary>The C# program as native code; takes a minute or so.</summary>
    public static string Aot(string directory)
    {
        // Beside the ordinary build and not into it, which may be in use.
        Run(
            "dotnet",
            "publish",
            Path.Combine(Tests, AotName),
            "-c",
            "Release",
            "-r",
            "linux-x64",
            "-p:NativeCode=true",
            "-o",
            directory,
            "-v",
            "q",
            "--nologo"
        );
        return Path.Combine(directory, AotName);
    }

    // A line for each field that a vmcs12 stores, for the C program's tables.
    private static string Vmcs12Fields()
    {
        var text = new StringBuilder();
        foreach (var member in Vmcs12.Members)
        {
            if (member.Field is { } field)
                text.Append(
                    $"{(field.Width == VmcsFieldWidth.Bits64 ? "FIELD64" : "FIELD")}({member.Name}, 0x{(uint)field:X}, {member.Offset})\n"
                );
        }
        return text.ToString();
    }

    private static void Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardInput = true };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {arguments.First()} ended with {process.ExitCode}:\n{output}");
    }

    private static string FindRoot()
    {
        for (var directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            if (File.Exists(Path.Combine(directory, "Directory.Packages.props")))
                return directory;
        }
        throw new DirectoryNotFoundException($"{AppContext.BaseDirectory} lies in no checkout of the repository.");
    }
}
