using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Support;

namespace VmcsGen.Oracle.Tests.X86;

/// <summary>CPUID features of a spec against recorded ones: each place has a name that another source gives it.</summary>
internal static class CpuidComparison
{
    /// <summary>The leaf of KVM's own features, which the kernel's header has.</summary>
    public const uint KvmLeaf = 0x4000_0001;

    // What Xen calls otherwise than the SDM and Linux do.
    private static readonly Dictionary<string, string> Xen = new(StringComparer.Ordinal)
    {
        ["Aes"] = "AESNI",
        ["HyperThreading"] = "HTT",
        ["IntelPt"] = "PROC_TRACE",
        ["CetShadowStack"] = "CET_SS",
        ["BusLockDetect"] = "BLD",
        ["SpecCtrl"] = "IBRSB",
        ["FlushL1d"] = "L1D_FLUSH",
        ["ArchCapabilities"] = "ARCH_CAPS",
        ["Fsrc"] = "FSRCS",
        ["FastFxsr"] = "FFXSR",
        ["HugePages"] = "PAGE1GB",
        ["InvariantTsc"] = "ITSC",
        ["XsaveErrorPointers"] = "RSTR_FP_ERR_PTRS",
        ["AmdIbrs"] = "IBRS",
    };

    public static void Compare(IEnumerable<JsonElement> features, Differences differences)
    {
        var facts = X86Facts.All.Cpuid.ToDictionary(
            static f => (f.Leaf, f.Subleaf, f.Register, f.Bit),
            static f => f.AllNames.Select(Plain).ToHashSet()
        );
        foreach (var feature in features.Where(static f => Leaf(f) != KvmLeaf))
        {
            var place = (
                Leaf(feature),
                feature.TryGetProperty("subleaf", out var subleaf) ? subleaf.GetUInt32() : 0,
                feature.GetProperty("register").GetString()!,
                Bit(feature)
            );
            var names = new[]
            {
                Name(feature),
                feature.TryGetProperty("linux", out var linux) ? linux.GetString()! : "",
                Xen.GetValueOrDefault(Name(feature), ""),
            };
            if (!facts.TryGetValue(place, out var known) || !names.Any(name => known.Contains(Plain(name))))
                differences.Add(Name(feature), $"at {place} the others have {(known is null ? "nothing" : string.Join(", ", known))}");
        }
    }

    /// <summary>A name without what sources write differently.</summary>
    public static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal).ToUpperInvariant();

    private static string Name(JsonElement feature) => feature.GetProperty("name").GetString()!;

    private static uint Leaf(JsonElement feature) => feature.GetProperty("leaf").GetUInt32();

    private static int Bit(JsonElement feature) => feature.GetProperty("bit").GetInt32();
}
