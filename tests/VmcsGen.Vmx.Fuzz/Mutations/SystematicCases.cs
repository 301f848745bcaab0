using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>
/// Cases that leave nothing to chance: each bit of a field flipped by itself, with the controls on under which the field counts.
/// </summary>
public static class SystematicCases
{
    // Cases of no seed, which are not made up from numbers.
    private const int NoSeed = -1;

    /// <summary>The controls that a guest can have on this processor, by the name of their feature.</summary>
    /// <param name="target">The processor.</param>
    /// <param name="guest">The guest.</param>
    /// <param name="left">Takes the features that it cannot have, with what the checker says of them.</param>
    public static IReadOnlyList<EntryFeature> FeaturesOf(EntryTarget target, GuestKind guest, ICollection<string> left)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(left);
        List<EntryFeature> features = [];
        foreach (var feature in EntryFeature.All)
        {
            var before = target.VmcsOf(guest);
            var missing = feature.Controls.Keys.Concat(feature.Values.Keys).Where(field => !before.ContainsKey(field)).ToArray();
            var broken =
                missing.Length != 0 ? string.Join(", ", missing.Select(VmcsFields.NameOf))
                : target.Check(Case(0, guest, feature.Over(before))) is { IsValid: false } report
                    ? string.Join(", ", report.Violations.Select(static violation => violation.Rule.Name).Distinct())
                : null;
            if (broken is null)
                features.Add(feature);
            else
                left.Add($"{feature.Name}: {broken}");
        }
        return features;
    }

    /// <summary>A case for each bit of the fields that a feature makes count.</summary>
    /// <param name="target">The processor.</param>
    /// <param name="guest">The guest.</param>
    /// <param name="feature">The feature.</param>
    /// <param name="isTried">Whether a field is tried.</param>
    /// <param name="first">The number of the first case.</param>
    public static IEnumerable<FuzzCase> Of(
        EntryTarget target,
        GuestKind guest,
        EntryFeature feature,
        Func<VmcsField, bool> isTried,
        int first
    )
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(feature);
        ArgumentNullException.ThrowIfNull(isTried);
        var before = target.VmcsOf(guest);
        var changed = feature.Over(before);
        foreach (var field in before.Keys.Where(field => feature.Concerns(field) && isTried(field)).Order())
        {
            for (var bit = 0; bit < 8 * field.Size; bit++)
            {
                var value = changed.GetValueOrDefault(field, before[field]) ^ 1UL << bit;
                yield return Case(first++, guest, new(changed) { [field] = value });
            }
        }
    }

    private static FuzzCase Case(int number, GuestKind guest, Dictionary<VmcsField, ulong> fields) =>
        new(NoSeed, number, guest, [.. fields], []);
}
