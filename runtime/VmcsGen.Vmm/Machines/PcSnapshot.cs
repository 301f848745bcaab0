using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>The states of a machine's devices as sections of its snapshot, by place and name.</summary>
internal static class PcSnapshot
{
    private const string Prefix = "device ";
    private const int LongestName = 50;

    internal static void Add(VmState vm, IReadOnlyList<IStatefulDevice> devices)
    {
        foreach (var (i, device) in devices.Index())
            vm.Sections[SectionOf(i, device)] = device.SaveState();
    }

    /// <summary>The states of these devices, in their order.</summary>
    /// <exception cref="InvalidDataException">The snapshot is of another machine, or of none.</exception>
    internal static byte[][] Take(VmState vm, IReadOnlyList<IStatefulDevice> devices)
    {
        var saved = vm.Sections.Keys.Where(static name => name.StartsWith(Prefix, StringComparison.Ordinal)).ToArray();
        var expected = devices.Index().Select(static one => SectionOf(one.Index, one.Item)).ToArray();
        return saved.ToHashSet().SetEquals(expected)
            ? [.. expected.Select(name => vm.Sections[name])]
            : throw new InvalidDataException(
                $"The snapshot has {Named(saved)}, and this machine {Named(expected)}: add the same devices in the same order."
            );
    }

    // A disk has the name of its file, which may be longer than that of a section.
    private static string SectionOf(int place, IStatefulDevice device) =>
        $"{Prefix}{place}: {string.Concat($"{device}".EnumerateRunes().Take(LongestName))}";

    private static string Named(string[] sections) => sections.Length == 0 ? "no devices" : $"'{string.Join("', '", sections)}'";
}
