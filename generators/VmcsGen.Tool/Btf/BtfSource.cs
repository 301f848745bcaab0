using System;
using System.IO;
using System.Text;

namespace VmcsGen.Tool.Btf;

/// <summary>Finds BTF in files: raw as in /sys/kernel/btf, or in the section .BTF of a kernel or module.</summary>
internal static class BtfSource
{
    private const string Section = ".BTF";
    private const string RunningKernel = "/sys/kernel/btf/";

    // A kernel with debug information has as much.
    private const long LongestFile = 2L << 30;

    /// <summary>Reads it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kernel">The file of the kernel, for that of a module; null for none.</param>
    public static BtfTypes Read(string path, string? kernel)
    {
        var kernelTypes = kernel is null ? null : new BtfTypes(kernel, Bytes(kernel), null);
        try
        {
            return new(path, Bytes(path), kernelTypes);
        }
        catch (Exception e)
            when (e is InputException && kernel is null && e.Message.Contains("a name lies outside", StringComparison.Ordinal))
        {
            throw new InputException(
                $"{path}: this is the BTF of a module, which continues that of its kernel. Name the kernel's with --base."
            );
        }
    }

    /// <summary>The release of the kernel whose BTF a file has, as <c>uname -r</c> says it; null where the file does not tell.</summary>
    public static string? Release(string path)
    {
        if (Path.GetFullPath(path).StartsWith(RunningKernel, StringComparison.Ordinal))
            return File.ReadAllText("/proc/sys/kernel/osrelease").Trim();
        using var file = File.OpenRead(path);
        if (!IsElf(file))
            return null;
        try
        {
            var elf = new ElfSection(file);
            return Word(elf.Read(".modinfo"), "vermagic="u8) ?? Word(elf.Read(".rodata"), "Linux version "u8);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    // What stands behind a text, up to a blank.
    private static string? Word(ReadOnlySpan<byte> section, ReadOnlySpan<byte> text)
    {
        if (section.IndexOf(text) is var at && at < 0)
            return null;
        var rest = section[(at + text.Length)..];
        return rest.IndexOf((byte)' ') is > 0 and < 100 and var end ? Encoding.ASCII.GetString(rest[..end]) : null;
    }

    private static bool IsElf(FileStream file)
    {
        Span<byte> first = stackalloc byte[4];
        return file.ReadAtLeast(first, 4, throwOnEndOfStream: false) == 4 && first.SequenceEqual("\u007FELF"u8);
    }

    private static byte[] Bytes(string path)
    {
        try
        {
            if (new FileInfo(path).Length > LongestFile)
                throw new InputException($"{path}: the file is larger than any kernel.");
            using var file = File.OpenRead(path);
            return IsElf(file) ? InElf(path, file) : File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: the file cannot be read: {e.Message}");
        }
    }

    private static byte[] InElf(string path, Stream file)
    {
        try
        {
            return new ElfSection(file).Read(Section)
                ?? throw new InputException($"{path}: there is no section {Section}. The kernel must be built with CONFIG_DEBUG_INFO_BTF.");
        }
        catch (InvalidDataException e)
        {
            throw new InputException($"{path}: the file cannot be read as ELF: {e.Message}.");
        }
    }
}
