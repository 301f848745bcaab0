using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using VmcsGen.Tool.Headers;

namespace VmcsGen.Tool.Btf;

/// <summary>Structs of an interface as the running kernel has them: BTF knows no macros, so there are no constants and no ioctls.</summary>
internal static class KernelInterface
{
    private const string Folder = "/sys/kernel/btf";
    private const string Kernel = Folder + "/vmlinux";

    // Where KVM is built as modules, its structs are in theirs.
    private static readonly string[] s_modules = ["kvm", "kvm_intel", "kvm_amd"];

    // How the kernel hides from itself what programs change at any time: HINT_UNSAFE_IN_KVM in linux/kvm.h.
    private const string Hidden = "__unsafe";

    /// <summary>Those of some structs that the kernel has.</summary>
    /// <param name="alignments">The structs, and their alignments, which BTF does not have.</param>
    public static CInterface OfRunning(IReadOnlyDictionary<string, int> alignments)
    {
        var kernel = s_modules
            .Select(static name => $"{Folder}/{name}")
            .Where(File.Exists)
            .Select(static path => BtfSource.Read(path, Kernel))
            .DefaultIfEmpty(null)
            .Select(static module => module ?? BtfSource.Read(Kernel, null))
            .ToArray();
        var readers = kernel.Select(types => (Types: types, Reader: new BtfRecordReader(types, alignments.Keys.ToHashSet()))).ToArray();
        var records = new List<CRecord>();
        foreach (var (tag, align) in alignments)
        {
            var reader = readers.FirstOrDefault(one => one.Types.Find(tag) is { Size: > 0 }).Reader;
            if (reader is not null)
                records.Add(Shown(reader.Read(tag)) with { Align = align, Place = new(Kernel, 0, records.Count) });
        }
        return records.Count > 0
            ? new(records, [], [], [])
            : throw new InputException(
                $"{Kernel}: the running kernel has none of these structs. Where KVM is a module, it must be loaded: modprobe kvm."
            );
    }

    private static CRecord Shown(CRecord record) => record with { Members = [.. record.Members.Select(Shown)] };

    private static CMember Shown(CMember member) =>
        member with
        {
            Name = member.Name.EndsWith(Hidden, StringComparison.Ordinal) ? member.Name[..^Hidden.Length] : member.Name,
            Nested = member.Nested is { } nested ? Shown(nested) : null,
        };
}
