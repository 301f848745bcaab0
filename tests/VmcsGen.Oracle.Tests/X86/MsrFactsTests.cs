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

    [Fact]
    public void Every_MSR_has_its_number_and_a_name_that_another_source_knows()
    {
        var differences = new Differences();
        MsrComparison.Compare(Msrs(), differences);
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
}
