using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Generated;
using VmcsGen.Oracle.Tests.Support;

namespace VmcsGen.Oracle.Tests.Kvm;

/// <summary>Generated ioctl numbers and constants against recorded ones, in both directions.</summary>
internal static class NumberComparison
{
    /// <returns>How many ioctls were compared.</returns>
    public static int CompareIoctls(KvmFacts facts, GeneratedKvm generated, Differences differences)
    {
        var compared = 0;
        foreach (var (name, fact) in facts.Ioctls)
        {
            compared++;
            if (generated.Ioctls.TryGetValue(name, out var actual))
                differences.Check(name, "number", Hex(fact.Value), Hex(actual));
            else
                differences.Add(name, "is not in KvmIoctl");
        }
        return compared;
    }

    /// <summary>Generated ioctls that the facts give no number for.</summary>
    public static void CompareIoctlsBack(KvmFacts facts, GeneratedKvm generated, Differences differences)
    {
        foreach (var name in generated.Ioctls.Keys.Except(facts.Ioctls.Keys))
            differences.Add(name, "no recorded ioctl has this name");
    }

    /// <returns>How many constants were compared.</returns>
    public static int CompareConstants(IEnumerable<KeyValuePair<string, Int128>> expected, GeneratedKvm generated, Differences differences)
    {
        var compared = 0;
        foreach (var (name, value) in expected)
        {
            compared++;
            if (!generated.Constants.Contains(name))
                differences.Add(name, "no generated constant has this name");
            foreach (var actual in generated.Constants[name])
                differences.Check(name, "value", value, actual);
        }
        return compared;
    }

    private static string Hex(long number) => $"0x{number:X8}";
}
