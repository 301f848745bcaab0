using System;
using System.Globalization;
using System.IO;
using System.Linq;

namespace BareMetalHypervisor;

/// <summary>Makes a disk image of the compiled C# and the assembly that lie beside this program.</summary>
internal static class DiskImage
{
    /// <summary>Heads and sectors as the BIOS counts them: a cylinder is 504 KiB.</summary>
    public const int Heads = 16;
    public const int SectorsPerTrack = 63;

    private const int SectorSize = 512;
    private const int CylinderSize = Heads * SectorsPerTrack * SectorSize;

    // How much the BIOS reads at once.
    private const int SectorsAtOnce = 64;

    private const string CoreLibrary = "BareMetal.CoreLibrary";
    private const string Kernel = "BareMetal.Kernel";

    private static readonly string[] s_assembly = ["Boot/entry.S", "Boot/vmx.S", "Boot/runtime.S", "Boot/stub.S", "Guests/guests.S"];

    /// <summary>Builds an image.</summary>
    /// <param name="directory">Where it goes, with what it is made of.</param>
    /// <param name="form">What it shall do.</param>
    /// <returns>Its path.</returns>
    /// <exception cref="ToolException">A tool is missing or fails.</exception>
    public static string Build(string directory, ImageForm form)
    {
        Compile(directory);
        foreach (var path in s_assembly)
            Assemble(directory, path);
        Tool.Ld.Run(
            directory,
            [
                "-nostdlib",
                "-static",
                "-z",
                "noexecstack",
                "--no-warn-rwx-segments",
                "-T",
                Source("Boot", "kernel.ld"),
                Symbol("IMAGE", form.Kernel),
                Symbol("ZEROS", form.Zeros),
                Symbol("OWN_END", form.End),
                "-o",
                "kernel.elf",
                "kernel.o",
                .. s_assembly.Select(static path => Path.GetFileNameWithoutExtension(path) + ".o"),
            ]
        );
        Tool.Objcopy.Run(directory, "-O", "binary", "kernel.elf", "kernel.bin");
        return Join(directory, form);
    }

    // All assemblies become one object file. Symbols that it lacks are in the assembly.
    private static void Compile(string directory)
    {
        Tool.Ilc.Run(
            directory,
            Source($"{Kernel}.dll"),
            Source($"{CoreLibrary}.dll"),
            "--systemmodule",
            CoreLibrary,
            "--generateunmanagedentrypoints",
            Kernel,
            "--generateunmanagedentrypoints",
            CoreLibrary,
            "-o",
            "kernel.o",
            "--targetos",
            "linux",
            "--targetarch",
            "x64",
            "-O",
            "--nativelib",
            "--noscan"
        );
    }

    private static void Assemble(string directory, string path, params string[] definitions) =>
        Tool.Gcc.Run(
            directory,
            ["-c", .. definitions, "-I", Source("Guests"), Source(path), "-o", Path.GetFileNameWithoutExtension(path) + ".o"]
        );

    // The boot sector knows how many sectors to read, and a disk has whole cylinders.
    private static string Join(string directory, ImageForm form)
    {
        var kernel = File.ReadAllBytes(Path.Combine(directory, "kernel.bin"));
        var sectors = (kernel.Length + SectorSize - 1) / SectorSize;
        var sector = Path.GetFileNameWithoutExtension(form.BootSector);
        Assemble(
            directory,
            form.BootSector,
            Definition("LOADED", ImageForm.LoadAddress),
            Definition("KERNEL", form.Kernel),
            Definition("KERNEL_SECTORS", sectors),
            Definition("SECTORS_AT_ONCE", SectorsAtOnce)
        );
        Tool.Ld.Run(directory, "-Ttext=0x7C00", "--oformat", "binary", $"{sector}.o", "-o", "boot.bin");

        var path = Path.Combine(directory, "disk.img");
        using var image = File.Create(path);
        image.Write(File.ReadAllBytes(Path.Combine(directory, "boot.bin")));
        image.Write(kernel);
        image.SetLength((image.Length + CylinderSize - 1) / CylinderSize * CylinderSize);
        return path;
    }

    /// <summary>The instructions of a function, as objdump writes them.</summary>
    /// <param name="directory">Where <see cref="Build"/> put things.</param>
    /// <param name="function">Its symbol.</param>
    public static string[] Disassemble(string directory, string function) =>
        [
            .. Tool
                .Objdump.Run(directory, "-d", "--no-show-raw-insn", "--no-addresses", $"--disassemble={function}", "kernel.elf")
                .Split('\n')
                .Where(static line => line.StartsWith('\t'))
                .Select(static line => string.Join(' ', line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries))),
        ];

    private static string Definition(string name, int value) => string.Create(CultureInfo.InvariantCulture, $"-D{name}={value}");

    private static string Symbol(string name, int value) => string.Create(CultureInfo.InvariantCulture, $"--defsym={name}={value}");

    private static string Source(params ReadOnlySpan<string> path) => Path.Combine([BuildFacts.Parts, .. path]);
}
