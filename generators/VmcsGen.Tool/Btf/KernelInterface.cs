using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using VmcsGen.Tool.Headers;

namespace VmcsGen.Tool.Btf;

/// <summary>Structs of an interface as the running kernel has them. BTF knows no macros, so there are no constants and no ioctls.</summary>
internal static class KernelInterface
{
    private const string Folder = "/sys/kernel/btf";
    private const string Kernel = Folder + "/vmlinux";

    // Where KVM is built as modules, its structs are in theirs.
    private static readonly string[] s_modules = ["kvm", "kvm_intel", "kvm_amd"];

    // How the kernel hides from itself what programs change at any time: HINT_UNSAFE_IN_KVM in linux/kvm.h.
    private const string Hidden = "__unsafe";

    /// <summary>Those of some structs that the kernel has.</summary>
    /// <param name="specs">The structs, as specs have them.</param>
    public static CInterface OfRunning(IReadOnlyDictionary<string, CRecord> specs)
    {
        var kernel = s_modules
            .Select(static name => $"{Folder}/{name}")
            .Where(File.Exists)
            .Select(static path => BtfSource.Read(path, Kernel))
            .DefaultIfEmpty(null)
            .Select(static module => module ?? BtfSource.Read(Kernel, null))
            .Select(types => (Types: types, Reader: new BtfRecordReader(types, specs.Keys.ToHashSet())))
            .ToArray();
        var records = new List<CRecord>();
        foreach (var (tag, spec) in specs)
        {
            var reader = kernel.FirstOrDefault(one => one.Types.Find(tag) is { Size: > 0 }).Reader;
            if (reader is not null)
                records.Add(WithOpenEnd(Shown(reader.Read(tag)), spec) with { Align = spec.Align, Place = new(Kernel, 0, records.Count) });
        }
        return records.Count > 0
            ? new(records, [], [], [])
            : throw new InputException(
                $"{Kernel}: the running kernel has none of these structs. Where KVM is a module, it must be loaded: modprobe kvm."
            );
    }

    /// <summary>A struct as BTF would have it, where arrays of arrays are one.</summary>
    public static CRecord AsInBtf(CRecord record) =>
        record with
        {
            Members =
            [
                .. record.Members.Select(static member =>
                    member with
                    {
                        Type = member.Type with { Bounds = Product(member.Type.Bounds) },
                        Nested = member.Nested is { } nested ? AsInBtf(nested) : null,
                    }
                ),
            ],
        };

    private static IReadOnlyList<long> Product(IReadOnlyList<long> bounds) =>
        bounds.Count < 2 ? bounds : [bounds.Aggregate(static (all, bound) => all * bound)];

    private static CRecord Shown(CRecord record) => record with { Members = [.. record.Members.Select(Shown)] };

    private static CMember Shown(CMember member) =>
        member with
        {
            Name = member.Name.EndsWith(Hidden, StringComparison.Ordinal) ? member.Name[..^Hidden.Length] : member.Name,
            Nested = member.Nested is { } nested ? Shown(nested) : null,
        };

    // For an array that ends a struct the kernel may have a length of its own, where programs take what comes: kvm_stats_desc.
    private static CRecord WithOpenEnd(CRecord record, CRecord spec)
    {
        if (
            spec.Members is not [.., { Type.IsFlexible: true } open]
            || record.Members is not [.., { Type: { IsFlexible: false, Bounds: [var length] } } last]
            || open.Name != last.Name
        )
            return record;
        var end = last with { Size = last.Size / (int)length, Type = last.Type with { Bounds = [], IsFlexible = true, HasLength = true } };
        return record with { Size = last.Offset / 8, Members = [.. record.Members.SkipLast(1), end] };
    }
}
