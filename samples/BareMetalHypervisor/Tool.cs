using System.ComponentModel;
using System.Diagnostics;

namespace BareMetalHypervisor;

/// <summary>A program that the image is made with.</summary>
internal sealed class Tool
{
    private readonly string _path;
    private readonly string _remedy;

    internal Tool(string path, string remedy) => (_path, _remedy) = (path, remedy);

    /// <summary>NativeAOT's compiler: a NuGet package.</summary>
    public static Tool Ilc { get; } =
        new(
            BuildFacts.Ilc,
            "It is restored with this project: run 'dotnet restore' on Linux x86-64 with the SDK that this project was built with."
        );

    /// <summary>The assembler, behind the C preprocessor.</summary>
    public static Tool Gcc { get; } = new("gcc", "Install it (Debian and Ubuntu: apt-get install gcc).");

    /// <summary>The linker.</summary>
    public static Tool Ld { get; } = new("ld", "Install it (Debian and Ubuntu: apt-get install binutils).");

    /// <summary>Makes the bytes of a linked program a file of their own.</summary>
    public static Tool Objcopy { get; } = new("objcopy", "Install it (Debian and Ubuntu: apt-get install binutils).");

    /// <summary>Shows machine code as text.</summary>
    public static Tool Objdump { get; } = new("objdump", "Install it (Debian and Ubuntu: apt-get install binutils).");

    /// <summary>Runs the script that makes a CD, which names what it lacks itself.</summary>
    public static Tool Bash { get; } = new("bash", "Install it (Debian and Ubuntu: apt-get install bash).");

    /// <summary>Runs it to its end.</summary>
    /// <returns>What it wrote.</returns>
    /// <exception cref="ToolException">It is missing, or it failed; the message has what it said.</exception>
    public string Run(string directory, params string[] arguments)
    {
        var start = new ProcessStartInfo(_path, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd() + errors.Result;
            process.WaitForExit();
            if (process.ExitCode != 0)
                throw new ToolException($"{_path} {string.Join(' ', arguments)}\nfailed with status {process.ExitCode}:\n{output}");
            return output;
        }
        catch (Win32Exception missing)
        {
            throw new ToolException($"The image is made with {_path}, which cannot be started: {missing.Message}. {_remedy}");
        }
    }
}
