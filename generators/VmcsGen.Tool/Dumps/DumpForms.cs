using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Dumps;

/// <summary>The lines of all dialects, by their first words.</summary>
internal static class DumpForms
{
    // Long ones first: some are the beginning of others.
    private static readonly Dictionary<string, DumpForm[]> s_byFirstWord = Merge([.. Kvm.Forms, .. Xen.Forms])
        .GroupBy(static form => form.Parts[0].Literal!, StringComparer.Ordinal)
        .ToDictionary(static group => group.Key, static group => group.OrderByDescending(static form => form.Parts.Count).ToArray());

    private static readonly HashSet<DumpForm> s_telling = [.. s_byFirstWord.Values.SelectMany(static forms => forms).Where(TellsAlone)];

    /// <summary>The lines that begin with a word, long ones first.</summary>
    public static IReadOnlyList<DumpForm> BeginningWith(string word) => s_byFirstWord.TryGetValue(word, out var forms) ? forms : [];

    /// <summary>The fields that a dialect can print; of an unknown one those that any prints.</summary>
    public static IReadOnlySet<VmcsField> FieldsOf(DumpDialect dialect) =>
        new[]
        {
            (DumpDialect.Kvm, Kvm.Forms.SelectMany(static form => form.Fields)),
            (DumpDialect.Xen, Xen.Forms.SelectMany(static form => form.Fields)),
            (DumpDialect.Haxm, HaxmFields.All),
        }
            .Where(one => dialect == DumpDialect.Unknown || (dialect & one.Item1) != 0)
            .SelectMany(static one => one.Item2)
            .ToHashSet();

    /// <summary>Whether no other section has such a line, so that it tells the section.</summary>
    public static bool TellsSection(DumpForm form) => s_telling.Contains(form);

    private static bool TellsAlone(DumpForm form) =>
        BeginningWith(form.Parts[0].Literal!).All(other => other.Section == form.Section || !HasSameShape(form, other));

    // What several dialects print alike is one line of all of them.
    private static List<DumpForm> Merge(DumpForm[] forms)
    {
        var merged = new List<DumpForm>();
        foreach (var form in forms)
        {
            var known = merged.FindIndex(one => one.Section == form.Section && one.Parts.SequenceEqual(form.Parts));
            if (known < 0)
                merged.Add(form);
            else
                merged[known] = merged[known] with { Dialect = merged[known].Dialect | form.Dialect };
        }
        return merged;
    }

    // The shorter may be all that is left of the longer.
    private static bool HasSameShape(DumpForm left, DumpForm right) =>
        left
            .Parts.Zip(right.Parts)
            .All(static pair => pair.First.Literal == pair.Second.Literal && pair.First.IsWords == pair.Second.IsWords);
}
