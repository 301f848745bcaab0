using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Numerics;
using VmcsGen.Kvm;

namespace VmcsGen.Kvm.Interop;

/// <summary>Huge pages that the host has reserved. Source: Documentation/admin-guide/mm/hugetlbpage.rst.</summary>
internal static class HugePages
{
    private const string Directory = "/sys/kernel/mm/hugepages";
    private const string Prefix = "hugepages-";

    /// <summary>The size as mmap and memfd_create want it in their flags.</summary>
    internal static int SizeFlag(ulong pageSize) => BitOperations.Log2(pageSize) << 26;

    /// <summary>Why the host gave no huge pages: which sizes it has, or how many pages it has left and how it gets more.</summary>
    internal static string RemedyFor(Errno errno, ulong size, ulong pageSize)
    {
        string pool = Path.Combine(Directory, $"{Prefix}{pageSize / 1024}kB");
        if (!System.IO.Directory.Exists(pool))
            return $"This host has no pages of {pageSize / 1024} kB. Its huge pages have: {string.Join(", ", Sizes())}.";
        if (errno != Errno.ENOMEM)
            return "Use pages of the ordinary size.";
        string found =
            Read(pool, "nr_hugepages") is { } all && Read(pool, "free_hugepages") is { } free && Read(pool, "resv_hugepages") is { } taken
                ? $", and of the {all} that the host has reserved {free - taken} are free"
                : "";
        return $"{size / pageSize} huge pages of {pageSize / 1024} kB are needed{found}. Write a larger number to "
            + $"{pool}/nr_hugepages, or use pages of the ordinary size.";
    }

    private static List<string> Sizes()
    {
        List<string> sizes = [];
        try
        {
            foreach (string pool in System.IO.Directory.EnumerateDirectories(Directory, $"{Prefix}*kB"))
                sizes.Add(Path.GetFileName(pool)[Prefix.Length..].Replace("kB", " kB", StringComparison.Ordinal));
        }
        catch (DirectoryNotFoundException)
        {
            // A kernel without huge pages.
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return ["not to be found out now"]; // For example for lack of descriptors.
        }
        sizes.Sort(StringComparer.Ordinal);
        return sizes.Count == 0 ? ["none"] : sizes;
    }

    private static long? Read(string pool, string file)
    {
        try
        {
            return long.Parse(File.ReadAllText(Path.Combine(pool, file)), CultureInfo.InvariantCulture);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or FormatException)
        {
            return null; // It only makes a message more precise.
        }
    }
}
