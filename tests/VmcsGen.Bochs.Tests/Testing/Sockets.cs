using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace VmcsGen.Vmx.Bochs.Tests.Testing;

/// <summary>Sockets by their inodes, as <c>/proc</c> tells.</summary>
internal static class Sockets
{
    private const int InodeColumn = 9;

    /// <summary>Those that a process has open.</summary>
    public static IEnumerable<string> Of(int process) =>
        from link in Directory.EnumerateFileSystemEntries($"/proc/{process}/fd")
        let target = new FileInfo(link).LinkTarget
        where target is not null && target.StartsWith("socket:[", System.StringComparison.Ordinal)
        select target["socket:[".Length..^1];

    /// <summary>All that are of TCP or UDP, in a process's network.</summary>
    public static IEnumerable<string> OfTheNetwork(int process) =>
        from protocol in (string[])["tcp", "tcp6", "udp", "udp6"]
        let path = $"/proc/{process}/net/{protocol}"
        where File.Exists(path)
        from line in File.ReadLines(path).Skip(1)
        select line.Split(' ', System.StringSplitOptions.RemoveEmptyEntries)[InodeColumn];
}
