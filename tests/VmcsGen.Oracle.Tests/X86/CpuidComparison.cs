using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Headers;
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

    // What the kernel's header calls KVM's features, where that is not the C# name.
    private static readonly Dictionary<string, string> KvmHeader = new(StringComparer.Ordinal)
    {
        ["KvmClock"] = "CLOCKSOURCE",
        ["KvmClock2"] = "CLOCKSOURCE2",
        ["KvmAsyncPageFault"] = "ASYNC_PF",
        ["KvmAsyncPageFaultInterrupt"] = "ASYNC_PF_INT",
        ["KvmClockStable"] = "CLOCKSOURCE_STABLE_BIT",
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

    /// <summary>KVM's own features against the installed header of the kernel.</summary>
    /// <returns>How many were compared.</returns>
    public static int CompareWithHeader(IEnumerable<JsonElement> features, Differences differences)
    {
        var numbers = InstalledHeaders.KvmParavirtual.Numbers;
        var compared = 0;
        foreach (var feature in features.Where(static f => Leaf(f) == KvmLeaf))
        {
            differences.Check(Name(feature), "register", "eax", feature.GetProperty("register").GetString());
            var macro = "KVM_FEATURE_" + KvmHeader.GetValueOrDefault(Name(feature), "");
            if (macro.EndsWith('_'))
                macro =
                    numbers.Keys.SingleOrDefault(key =>
                        key.StartsWith("KVM_FEATURE_", StringComparison.Ordinal)
                        && Plain(key["KVM_FEATURE_".Length..]) == Plain(Name(feature)[3..])
                    ) ?? macro;
            if (numbers.TryGetValue(macro, out var bit))
                differences.Check(Name(feature), "bit", (int)bit, Bit(feature));
            else
                differences.Add(Name(feature), $"the header has no {macro}");
            compared++;
        }
        return compared;
    }

    /// <summary>A name without what sources write differently.</summary>
    public static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal).ToUpperInvariant();

    private static string Name(JsonElement feature) => feature.GetProperty("name").GetString()!;

    private static uint Leaf(JsonElement feature) => feature.GetProperty("leaf").GetUInt32();

    private static int Bit(JsonElement feature) => feature.GetProperty("bit").GetInt32();
}
