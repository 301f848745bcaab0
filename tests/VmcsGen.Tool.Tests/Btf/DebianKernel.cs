using System;
using System.IO;
using System.Linq;
using VmcsGen.Oracle.Tests.Headers;
using VmcsGen.Testing;

namespace VmcsGen.Tool.Tests.Btf;

/// <summary>Debian's kernel package, as the labs fetch and keep it, with the kernel itself taken out of its compressed form.</summary>
public sealed class DebianKernel : IDisposable
{
    // As LZ4's old format begins, in which Debian compresses this kernel.
    private static readonly byte[] s_lz4 = [0x02, 0x21, 0x4C, 0x18];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vmcsgen");
    private readonly string? _package;
    private readonly string? _missing;

    public DebianKernel()
    {
        var labs = Path.Combine(RuntimeSources.Root, "tests", "lab");
        var (code, output, errors) = Tools.TryRun(
            "bash",
            "-c",
            $". '{labs}/common.sh'; need lz4 lz4; kernel cloud-amd64; printf '\\n%s' \"$kernel\""
        );
        _missing = code == 0 ? null : $"Debian's kernel package is not there: {errors.Trim()}";
        if (_missing is not null)
            return;
        _package = output.Split('\n')[^1];
        var compressed = File.ReadAllBytes(Directory.GetFiles(Path.Combine(_package, "boot"), "vmlinuz-*").Single());
        var start = compressed.AsSpan().IndexOf(s_lz4);
        var input = Path.Combine(_folder.FullName, "vmlinux.lz4");
        File.WriteAllBytes(input, compressed[start..]);
        // What follows the compressed kernel is no error of the kernel's.
        Tools.TryRun("lz4", "-d", "-f", "-q", input, Kernel);
        File.Delete(input);
    }

    /// <summary>The kernel, as ELF.</summary>
    public string Kernel => Path.Combine(_folder.FullName, "vmlinux");

    /// <summary>A module of the kernel.</summary>
    public string Module(string name) =>
        Directory.GetFiles(Path.Combine(_package!, "lib", "modules"), name, SearchOption.AllDirectories).Single();

    /// <summary>Skips the test where there is no such package, or no pahole; fails it where they are required.</summary>
    public void RequireOrSkip()
    {
        Tools.RequireOrSkip(_missing);
        Tools.RequireOrSkip(Pahole.Missing);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
