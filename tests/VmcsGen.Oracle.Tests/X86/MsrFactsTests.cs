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
        var differences = new Differences();
        MsrComparison.CompareForms(Msrs(), differences);
        differences.AssertNone(output);
    }

    private static JsonElement[] Msrs() => [.. Specs.Read(Path).RootElement.GetProperty("msrs").EnumerateArray()];

    private static string Name(JsonElement msr) => msr.GetProperty("name").GetString()!;
}
