using System;
using System.Globalization;
using System.IO;
using System.Linq;

namespace KernelVms;

/// <summary>What there is to say of a dump.</summary>
internal static class DumpReport
{
    /// <summary>Writes it, and returns the program's exit code.</summary>
    /// <param name="path">The dump.</param>
    /// <param name="vmList">The address of vm_list.</param>
    /// <param name="excerpt">Where the pages that were read are to be kept; null for nowhere.</param>
    /// <param name="output">For the VMs.</param>
    /// <param name="error">For what is wrong with the dump.</param>
    public static int Write(string path, string vmList, string? excerpt, TextWriter output, TextWriter error)
    {
        try
        {
            using var dump = new MemoryDump(path);
            var (bytes, pieces) = dump.Extent;
            output.WriteLine($"Linux {dump.Info.Release}, {bytes >> 20} MiB of memory in {pieces} pieces");
            foreach (var vm in KernelVm.All(new(dump), Address(vmList)))
            {
                var vcpus = vm.Vcpus().ToList();
                output.WriteLine($"VM of thread {vm.Maker}, {vcpus.Count} vCPUs");
                foreach (var vcpu in vcpus)
                    output.WriteLine(vcpu);
            }
            if (excerpt is not null)
                DumpExcerpt.Write(dump, excerpt);
            return 0;
        }
        catch (DumpException e)
        {
            error.WriteLine($"{path}: {e.Message}");
            return 2;
        }
    }

    private static ulong Address(string text) =>
        ulong.TryParse(
            text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text.AsSpan(2) : text,
            NumberStyles.HexNumber,
            CultureInfo.InvariantCulture,
            out var address
        )
            ? address
            : throw new DumpException($"'{text}' is no address; /proc/kallsyms has them as ffffffffc05b1e60.");
}
