using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using VmcsGen.Kvm;
using VmcsGen.Oracle.Tests.Support;
using Xunit;

namespace VmcsGen.Oracle.Tests.Headers;

/// <summary>The bits of CPUID features against the compiler's header, which has a mask for each that it can compile for.</summary>
public sealed class CpuidHeaderTests(ITestOutputHelper output)
{
    private const string Prefix = "bit_";

    // What the compiler calls otherwise.
    private static readonly Dictionary<string, string> Renamed = new(StringComparer.OrdinalIgnoreCase)
    {
        ["PCLMUL"] = "Pclmulqdq",
        ["RDRND"] = "Rdrand",
        ["FXSAVE"] = "Fxsr",
        ["LAHFLM"] = "LahfLong",
        ["ABM"] = "Lzcnt",
        ["PRFCHW"] = "PrefetchW",
        ["MMXEXT"] = "MmxExtensions",
        ["LM"] = "LongMode",
        ["WBNOINVD"] = "Wbnoinvd",
        ["BMI"] = "Bmi1",
        ["SHSTK"] = "CetShadowStack",
        ["IBT"] = "CetIbt",
    };

    [Fact]
    public void Every_feature_that_the_compiler_knows_has_its_bit()
    {
        Tools.RequireOrSkip();
        var features = Enum.GetValues<CpuidFeature>().ToDictionary(static f => f.ToString(), StringComparer.OrdinalIgnoreCase);
        var differences = new Differences();
        List<string> unknown = [];
        var compared = 0;
        foreach (var (macro, mask) in InstalledHeaders.Cpuid.Numbers.Where(static n => n.Key.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            var name = macro[Prefix.Length..].Replace("_", "", StringComparison.Ordinal);
            if (!features.TryGetValue(Renamed.GetValueOrDefault(name, name), out var feature))
            {
                unknown.Add(name);
                continue;
            }
            // The low five bits of a feature's value are its bit.
            differences.Check(feature.ToString(), "bit", BitOperations.Log2((uint)mask), (int)feature & 31);
            compared++;
        }
        output.WriteLine($"{compared} features compared; without a name here: {string.Join(", ", unknown)}");
        Assert.InRange(compared, 60, int.MaxValue);
        differences.AssertNone(output);
    }
}
