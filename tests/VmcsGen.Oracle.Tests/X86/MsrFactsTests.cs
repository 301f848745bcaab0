using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Support;
using Xunit;

namespace VmcsGen.Oracle.Tests.X86;

/// <summary>The MSRs of the specs against the recorded ones.</summary>
public sealed class MsrFactsTests(ITestOutputHelper output)
{
    private const string Path = "spec/x86/msrs.yaml";

    // The kernel's or the SDM's name of an MSR, without what each source puts in front.
    private static readonly string[] Prefixes = ["MSR", "IA32"];

    private static readonly string[] NameKeys = ["sdm", "linux"];

    [Fact]
    public void Every_MSR_has_its_number_and_a_name_that_another_source_knows()
    {
        var facts = X86Facts.All.Msrs.ToDictionary(static m => m.Index, static m => m.AllNames.Select(Plain).ToHashSet());
        var differences = new Differences();
        foreach (var msr in Msrs())
        {
            var index = msr.GetProperty("index").GetUInt32();
            var names = NameKeys.Select(key => msr.TryGetProperty(key, out var name) ? Plain(name.GetString()!) : "").ToArray();
            if (!facts.TryGetValue(index, out var known) || !names.Any(known.Contains))
                differences.Add(Name(msr), $"0x{index:X} is called {(known is null ? "nothing" : string.Join(", ", known))} by the others");
        }
        differences.AssertNone(output);
    }

    [Fact]
    public void Values_are_canonical_addresses_and_memory_types_where_Bochs_checks_that()
    {
        var indices = X86Facts
            .All.Msrs.Where(static m => m.Names.ContainsKey("bochs"))
            .ToDictionary(static m => m.Names["bochs"][0], static m => m.Index);
        AssertForm("canonical", X86Facts.All.Canonical.Select(name => indices[name]));
        AssertForm("memory-types", X86Facts.All.MemoryTypes.Select(name => indices[name]));
    }

    private static void AssertForm(string form, IEnumerable<uint> indices)
    {
        var checkedByBochs = indices.ToHashSet();
        Assert.Equal(
            Msrs().Where(msr => checkedByBochs.Contains(msr.GetProperty("index").GetUInt32())).Select(Name),
            Msrs().Where(msr => msr.TryGetProperty("value", out var value) && value.GetString() == form).Select(Name)
        );
    }

    private static JsonElement[] Msrs() => [.. Specs.Read(Path).RootElement.GetProperty("msrs").EnumerateArray()];

    private static string Name(JsonElement msr) => msr.GetProperty("name").GetString()!;

    private static string Plain(string name)
    {
        var plain = name.Replace("_", "", StringComparison.Ordinal).ToUpperInvariant();
        while (Prefixes.FirstOrDefault(prefix => plain.StartsWith(prefix, StringComparison.Ordinal)) is { } prefix)
            plain = plain[prefix.Length..];
        return plain;
    }
}
