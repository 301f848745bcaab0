using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Generated;
using VmcsGen.Oracle.Tests.Support;

namespace VmcsGen.Oracle.Tests.Vmx;

/// <summary>The checks that generated fields carry, against those that the SDM makes.</summary>
internal static class EntryCheckComparison
{
    private static readonly Dictionary<string, string> Forms = new()
    {
        ["canonical"] = "Canonical",
        ["physical-address"] = "PhysicalAddress",
        ["nonzero"] = "Nonzero",
        ["memory-types"] = "MemoryTypes",
    };

    public static void Compare(EntryCheckFacts facts, GeneratedVmx generated, Differences differences)
    {
        var checks = generated.EntryChecks;
        foreach (var fact in facts.Checks)
        {
            var item = $"{fact.Encoding} {generated.Fields[fact.Number].Name}";
            if (!checks.TryGetValue(fact.Number, out var check))
            {
                differences.Add(item, "VM entry checks nothing of this field alone");
                continue;
            }
            differences.Check(item, "form", fact.Form is null ? "Any" : Forms[fact.Form], check.Form);
            differences.Check(item, "zero bits", $"0x{fact.Mask:X}", $"0x{check.ZeroBits:X}");
            differences.Check(item, "condition", fact.When?.ToString(), Condition(check));
        }
        foreach (var encoding in checks.Keys.Except(facts.Checks.Select(static fact => fact.Number)))
            differences.Add($"0x{encoding:x4} {generated.Fields[encoding].Name}", "the SDM demands nothing of this field alone");
    }

    private static string? Condition(GeneratedEntryCheck check) =>
        check.ControlBit == 0 ? null : $"{check.ControlField:X4}H bit {BitOperations.TrailingZeroCount(check.ControlBit)}";
}
