using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Support;

namespace VmcsGen.Oracle.Tests.X86;

/// <summary>MSRs of a spec against recorded ones: each number has a name that another source gives it.</summary>
internal static class MsrComparison
{
    // The kernel's or the SDM's name of an MSR, without what each source puts in front.
    private static readonly string[] Prefixes = ["MSR", "IA32"];

    private static readonly string[] NameKeys = ["sdm", "linux"];

    public static void Compare(IEnumerable<JsonElement> msrs, Differences differences)
    {
        var facts = X86Facts.All.Msrs.ToDictionary(static m => m.Index, static m => m.AllNames.Select(Plain).ToHashSet());
        foreach (var msr in msrs)
        {
            var index = msr.GetProperty("index").GetUInt32();
            var names = NameKeys.Select(key => msr.TryGetProperty(key, out var name) ? Plain(name.GetString()!) : "").ToArray();
            if (!facts.TryGetValue(index, out var known) || !names.Any(known.Contains))
                differences.Add(
                    msr.GetProperty("name").GetString()!,
                    $"0x{index:X} is called {(known is null ? "nothing" : string.Join(", ", known))} by the others"
                );
        }
    }

    /// <summary>The form of values, where Bochs checks it: canonical addresses and memory types.</summary>
    public static void CompareForms(IEnumerable<JsonElement> msrs, Differences differences)
    {
        var indices = X86Facts
            .All.Msrs.Where(static m => m.Names.ContainsKey("bochs"))
            .ToDictionary(static m => m.Names["bochs"][0], static m => m.Index);
        var forms = X86Facts
            .All.Canonical.Select(name => (Index: indices[name], Form: "canonical"))
            .Concat(X86Facts.All.MemoryTypes.Select(name => (Index: indices[name], Form: "memory-types")))
            .ToDictionary(static pair => pair.Index, static pair => pair.Form);
        foreach (var msr in msrs)
        {
            var expected = forms.GetValueOrDefault(msr.GetProperty("index").GetUInt32());
            var actual = msr.TryGetProperty("value", out var form) ? form.GetString() : null;
            differences.Check(msr.GetProperty("name").GetString()!, "form of values", expected, actual);
        }
    }

    private static string Plain(string name)
    {
        var plain = name.Replace("_", "", StringComparison.Ordinal).ToUpperInvariant();
        while (Prefixes.FirstOrDefault(prefix => plain.StartsWith(prefix, StringComparison.Ordinal)) is { } prefix)
            plain = plain[prefix.Length..];
        return plain;
    }
}
