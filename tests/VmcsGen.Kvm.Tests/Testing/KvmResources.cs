using System;
using System.IO;
using System.Linq;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm.Tests.Testing;

/// <summary>What this process holds of KVM: open descriptors and mapped run pages.</summary>
internal readonly record struct KvmResources(int Descriptors, int RunPages)
{
    /// <summary>Counts, after the collector has released what earlier code forgot.</summary>
    public static KvmResources Count()
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        return CountWithoutCollecting();
    }

    public static KvmResources CountWithoutCollecting() =>
        new(
            Directory.EnumerateFiles("/proc/self/fd").Select(TargetOf).Count(static target => target == "/dev/kvm" || IsOfKvm(target)),
            File.ReadLines("/proc/self/maps").Count(static line => line.Contains("kvm-vcpu", StringComparison.Ordinal))
        );

    /// <summary>
    /// Tells whether all of a range is mapped. Memory that was released may have been given to something else, but hardly all
    /// of a large range.
    /// </summary>
    public static bool IsMapped(ulong address, ulong size)
    {
        var end = address + size;
        foreach (var line in File.ReadLines("/proc/self/maps"))
        {
            var range = line[..line.IndexOf(' ', StringComparison.Ordinal)].Split('-');
            var (from, to) = (Convert.ToUInt64(range[0], 16), Convert.ToUInt64(range[1], 16));
            if (from <= address && address < to)
                address = to;
        }
        return address >= end;
    }

    public static ulong AddressOf(GuestMemory memory) => (ulong)memory.Mapping.Address;

    // A file elsewhere may have "kvm" in its path.
    private static bool IsOfKvm(string target) =>
        target.StartsWith("anon_inode:", StringComparison.Ordinal) && target.Contains("kvm", StringComparison.Ordinal);

    private static string TargetOf(string link)
    {
        try
        {
            return new FileInfo(link).LinkTarget ?? "";
        }
        catch (IOException)
        {
            return ""; // The descriptor by which the directory was read is gone already.
        }
    }
}
