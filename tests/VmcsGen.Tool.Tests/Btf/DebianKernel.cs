using System;
using System.IO;
using System.Linq;
using VmcsGen.Oracle.Tests.Headers;
using VmcsGen.Testing;

namespace VmcsGen.Tool.Tests.Btf;

/// <summary>Debian's kernel package, as the labs fetch and keep it, with the kernel itself taken out of its compressed form.</summary>
public class DebianKernel : IDisposable
{
    // How Debian compresses its kernels: what each begins with, and the command that takes it apart.
    private static readonly (byte[] Start, string Command)[] s_compressions =
    [
        ([0x02, 0x21, 0x4C, 0x18], "lz4 -dc -q"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "xz -dc --single-stream -q"),
        ([0x28, 0xB5, 0x2F, 0xFD], "zstd -dc -q"),
    ];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vmcsgen");
    private readonly string? _package;
    private readonly string? _missing;

    public DebianKernel()
        : this("cloud-amd64") { }

    protected DebianKernel(string flavour)
    {
        var labs = Path.Combine(RuntimeSources.Root, "tests", "lab");
        var (code, output, errors) = Tools.TryRun(
            "bash",
            "-c",
            $". '{labs}/common.sh'; need lz4 lz4; need xz xz-utils; need zstd zstd; kernel {flavour}; printf '\\n%s' \"$kernel\""
        );
        _missing = code == 0 ? null : $"Debian's kernel package is not there: {errors.Trim()}";
        if (_missing is not null)
            return;
        _package = output.Split('\n')[^1];
        var image = Directory.GetFiles(Path.Combine(_package, "boot"), "vmlinuz-*").Single();
        Release = Path.GetFileName(image)["vmlinuz-".Length..];
        var bytes = File.ReadAllBytes(image);
        var (start, command) = s_compressions
            .Select(one => (At: bytes.AsSpan().IndexOf(one.Start), one.Command))
            .First(static one => one.At >= 0);
        // What follows the compressed kernel is no error of the kernel's.
        Tools.TryRun("bash", "-c", $"tail -c +{start + 1} '{image}' | {command} >'{Kernel}'");
    }

    /// <summary>Its release, as <c>uname -r</c> says it.</summary>
    public string Release { get; } = "";

    /// <summary>The kernel, as ELF.</summary>
    public string Kernel => Path.Combine(_folder.FullName, "vmlinux");

    /// <summary>A module of the kernel.</summary>
    public string Module(string name)
    {
        var path = Directory.GetFiles(Path.Combine(_package!, "lib", "modules"), name + "*", SearchOption.AllDirectories).Single();
        if (!path.EndsWith(".xz", StringComparison.Ordinal))
            return path;
        var unpacked = Path.Combine(_folder.FullName, name);
        Tools.Run("bash", "-c", $"xz -dc '{path}' >'{unpacked}'");
        return unpacked;
    }

    /// <summary>Skips the test where there is no such package, or no pahole; fails it where they are required.</summary>
    public void RequireOrSkip()
    {
        Tools.RequireOrSkip(_missing);
        Tools.RequireOrSkip(Pahole.Missing);
    }

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }
}
