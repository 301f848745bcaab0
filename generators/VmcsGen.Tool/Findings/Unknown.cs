using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Tool.Findings;

/// <summary>Something that rules need and that is not known.</summary>
/// <param name="Kind">Why.</param>
/// <param name="Name">What it is.</param>
/// <param name="Rules">The rules that need it, and cannot be decided.</param>
internal sealed record Unknown(UnknownKind Kind, string Name, IReadOnlyList<VmEntryRule> Rules)
{
    /// <summary>What the undecided rules of a report need, by kind.</summary>
    public static IReadOnlyList<Unknown> Of(VmEntryReport report, IVmcsRecord record)
    {
        var rules = new SortedDictionary<(UnknownKind, string), List<VmEntryRule>>(
            Comparer<(UnknownKind Kind, string Name)>.Create(
                static (left, right) =>
                    left.Kind != right.Kind ? left.Kind.CompareTo(right.Kind) : string.CompareOrdinal(left.Name, right.Name)
            )
        );
        foreach (var undecided in report.Undecided)
        {
            var needs = undecided.Needs.Select(need => (Kind: KindOf(need, record), Name: need)).ToArray();
            // An address that is not known reads as 0: what lies there is the next question, not this one.
            var hasAddress = !needs.Any(static need => need.Kind is UnknownKind.NotInThisOne or UnknownKind.NeverHeld);
            foreach (var key in needs.Where(need => need.Kind != UnknownKind.Memory || hasAddress))
            {
                if (!rules.TryGetValue(key, out var list))
                    rules.Add(key, list = []);
                list.Add(undecided.Rule);
            }
        }
        var unknowns = new List<Unknown>();
        foreach (var ((kind, name), list) in rules)
            unknowns.Add(new(kind, kind == UnknownKind.Processor ? "the processor's CPUID" : name, list));
        return unknowns;
    }

    // The forms that VmEntryUndecidedRule.Needs documents.
    private static UnknownKind KindOf(string need, IVmcsRecord record)
    {
        if (need == nameof(VmEntryContext))
            return UnknownKind.Processor;
        if (need.StartsWith("memory at ", StringComparison.Ordinal))
            return UnknownKind.Memory;
        if (need.EndsWith("H)", StringComparison.Ordinal))
            return UnknownKind.CapabilityMsr;
        var encoding = need[(need.LastIndexOf("0x", StringComparison.Ordinal) + 2)..].TrimEnd(')');
        var field = (VmcsField)uint.Parse(encoding, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        return record.CanHold(field) ? UnknownKind.NotInThisOne : UnknownKind.NeverHeld;
    }
}
