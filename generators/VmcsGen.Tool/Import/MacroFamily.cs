using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Names;
using VmcsGen.Tool.Headers;

namespace VmcsGen.Tool.Import;

/// <summary>Macros that follow each other, begin alike and are bits or numbers of one thing, though C does not say so.</summary>
/// <param name="Prefix">What their names have in common, to an underscore.</param>
/// <param name="Form"><c>flags</c> or <c>enum</c>.</param>
/// <param name="Members">The macros.</param>
internal sealed record MacroFamily(string Prefix, string Form, IReadOnlyList<CConstant> Members)
{
    private const string Flags = "flags";
    private const string Enum = "enum";

    // KVM_ALL_OF_THEM_ is about a thing, KVM_ about all things of a header.
    private const int LeastWords = 2;

    // Of two decimals, 1 and 2, nobody can tell whether they are bits or kinds.
    private const int LeastNumbers = 3;

    /// <summary>The name of the C# type.</summary>
    public string TypeName
    {
        get
        {
            var name = CSharpNames.Pascal(Prefix.TrimEnd('_'));
            return Form == Flags && !name.EndsWith("Flags", StringComparison.Ordinal)
                ? (name.EndsWith("Flag", StringComparison.Ordinal) ? name + "s" : name + "Flags")
                : name;
        }
    }

    /// <summary>The families among macros, which are in the order of the header.</summary>
    public static IEnumerable<MacroFamily> Of(IReadOnlyList<CConstant> macros)
    {
        for (var first = 0; first < macros.Count; )
        {
            if (Largest(macros, first) is { } family)
            {
                yield return family;
                first += family.Members.Count;
            }
            else
                first++;
        }
    }

    // The most members; of as many the longest prefix.
    private static MacroFamily? Largest(IReadOnlyList<CConstant> macros, int first)
    {
        MacroFamily? largest = null;
        foreach (var prefix in Prefixes(macros[first].Name))
        {
            CConstant[] members =
            [
                .. macros
                    .Skip(first)
                    .TakeWhile(one =>
                        one.Text is null
                        && one.Place.Header == macros[first].Place.Header
                        && one.Name.StartsWith(prefix, StringComparison.Ordinal)
                        && CSharpNaming.CanFollow(one.Name, prefix)
                    ),
            ];
            if (members.Length > (largest?.Members.Count ?? 1) && FormOf(members) is { } form)
                largest = new(prefix, form, members);
        }
        return largest;
    }

    private static IEnumerable<string> Prefixes(string name)
    {
        var ends = Enumerable.Range(1, name.Length - 1).Where(at => name[at] == '_' && name[at - 1] != '_').Skip(LeastWords - 1);
        return ends.Reverse().Select(at => name[..(at + 1)]);
    }

    // Three or more decimals that count from 0 or 1 are kinds: as bits they would be 1, 2, 4.
    private static string? FormOf(CConstant[] members)
    {
        Int128[] values = [.. members.Select(static one => one.Value)];
        var areBits = Array.Exists(members, IsWrittenAsBit);
        if (values.Distinct().Count() != values.Length || (values.Length < LeastNumbers && !areBits))
            return null;
        if (Array.TrueForAll(values, Int128.IsPow2))
            return Flags;
        return !areBits && values[0] >= 0 && values[0] <= 1 && values.Zip(values.Skip(1)).All(static two => two.Second == two.First + 1)
            ? Enum
            : null;
    }

    private static bool IsWrittenAsBit(CConstant constant) =>
        constant.Expression.Contains("<<") || constant.Expression is [['0', 'x' or 'X', ..]];
}
