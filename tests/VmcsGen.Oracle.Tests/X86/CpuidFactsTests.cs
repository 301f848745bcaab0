using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using VmcsGen.Kvm;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Headers;
using VmcsGen.Oracle.Tests.Support;
using Xunit;

namespace VmcsGen.Oracle.Tests.X86;

/// <summary>The places of CPUID features against the recorded ones, and KVM's own against the installed header.</summary>
public sealed class CpuidFactsTests(ITestOutputHelper output)
{
    [Fact]
    public void Every_feature_of_a_processor_stands_where_another_source_has_it()
    {
        var differences = new Differences();
        CpuidComparison.Compare(Features(), differences);
        differences.AssertNone(output);
    }

    [Fact]
    public void Every_feature_of_KVM_has_the_bit_of_the_kernels_header()
    {
        Tools.RequireOrSkip();
        var differences = new Differences();
        var compared = CpuidComparison.CompareWithHeader(Features(), differences);
        differences.AssertNone(output);
        Assert.True(compared > 0);
    }

    // The enum is made from the specs; that it has their numbers is another matter.
    [Fact]
    public void Every_member_of_the_enum_says_its_place()
    {
        var members = Enum.GetValues<CpuidFeature>().ToDictionary(static f => f.ToString(), static f => (uint)f);
        var registers = new[] { "eax", "ebx", "ecx", "edx" };
        var differences = new Differences();
        foreach (var feature in Features())
        {
            Assert.True(members.Remove(Name(feature), out var value), Name(feature));
            differences.Check(Name(feature), "bit", Bit(feature), (int)(value % 32));
            differences.Check(Name(feature), "register", feature.GetProperty("register").GetString(), registers[value / 32 % 4]);
            differences.Check(
                Name(feature),
                "subleaf",
                feature.TryGetProperty("subleaf", out var subleaf) ? subleaf.GetUInt32() : 0,
                value / 128 % 256
            );
            differences.Check(Name(feature), "leaf", Leaf(feature), (value & 0xC000_0000) + (value / 32_768 % 256));
        }
        differences.AssertNone(output);
        Assert.Empty(members.Keys);
    }

    private static JsonElement[] Features() => [.. Specs.Read("spec/x86/cpuid.yaml").RootElement.GetProperty("features").EnumerateArray()];

    private static string Name(JsonElement feature) => feature.GetProperty("name").GetString()!;

    private static uint Leaf(JsonElement feature) => feature.GetProperty("leaf").GetUInt32();

    private static int Bit(JsonElement feature) => feature.GetProperty("bit").GetInt32();

    private static string Plain(string name) => CpuidComparison.Plain(name);
}
