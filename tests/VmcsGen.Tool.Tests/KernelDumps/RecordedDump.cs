using System;
using System.IO;
using System.IO.Compression;
using System.Linq;

namespace VmcsGen.Tool.Tests.KernelDumps;

/// <summary>
/// A dump of the lab <c>amd</c> while samples/KernelVms ran its VMs in it, of which those pages are kept that the sample reads, and what
/// KVM's interface said of the VMs. samples/KernelVms/README.md has the commands.
/// </summary>
internal static class RecordedDump
{
    private static readonly Lazy<byte[]> s_bytes = new(static () =>
    {
        using var file = File.OpenRead(ToolRun.DumpPath("Kernel/vms.elf.gz"));
        using var unpacked = new GZipStream(file, CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        unpacked.CopyTo(bytes);
        return bytes.ToArray();
    });

    /// <summary>The dump.</summary>
    public static ReadOnlySpan<byte> Bytes => s_bytes.Value;

    /// <summary>What KVM's interface said.</summary>
    public static string[] Said => File.ReadAllLines(ToolRun.DumpPath("Kernel/vms.txt"));

    /// <summary>Where the kernel had its list of VMs: the last of what was said.</summary>
    public static string VmList(string[] said) =>
        said.Last(static line => line.StartsWith("vm_list is at ", StringComparison.Ordinal)).Split(' ')[^1];
}
