using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using VmcsGen.Generators.Names;
using VmcsGen.Tool.Headers;
using VmcsGen.Tool.SpecTexts;

namespace VmcsGen.Tool.Import;

/// <summary>Constants that become a C# type of their own.</summary>
/// <param name="Name">The name of the type.</param>
/// <param name="Form"><c>enum</c>, <c>flags</c> or <c>constants</c>.</param>
/// <param name="Size">Its bits.</param>
/// <param name="IsSigned">Whether it has negative numbers.</param>
/// <param name="Prefix">The prefix that the C# names lose.</param>
/// <param name="Members">The constants.</param>
internal sealed record ConstantGroup(string Name, string Form, int Size, bool IsSigned, string Prefix, IReadOnlyList<CConstant> Members)
{
    /// <summary>
    /// Groups for constants that no group of a spec takes: one for each enum of C and each family of macros, and the other macros together.
    /// </summary>
    /// <param name="header">The header, as in <c>linux/kvm.h</c>.</param>
    /// <param name="constants">The constants.</param>
    /// <param name="types">Names of C# types, to which those of the groups are added.</param>
    public static IEnumerable<ConstantGroup> Of(string header, IReadOnlyList<CConstant> constants, HashSet<string> types)
    {
        var stem = CSharpNames.Pascal(HeaderStem(header));
        CConstant[] ofMacros = [.. constants.Where(static one => one.Enum is null)];
        MacroFamily[] families = [.. MacroFamily.Of(ofMacros)];
        foreach (var family in families)
            yield return Make(family.TypeName, family.Form, family.Prefix, [.. family.Members]);

        foreach (var macros in ofMacros.Except(families.SelectMany(static family => family.Members)).GroupBy(static one => Shape([one])))
        {
            var name = stem + "Constants" + (macros.Key.Size == 64 ? "64" : "") + (macros.Key.IsSigned ? "Signed" : "");
            yield return Make(name, "constants", "", [.. macros]);
        }
        foreach (var members in constants.Where(static one => one.Enum is not null).GroupBy(static one => one.Enum!.Order))
        {
            CConstant[] all = [.. members];
            var prefix = CommonPrefix(all);
            var tag = all[0].Enum!.Tag;
            var name = CSharpNames.Pascal(
                tag.Length > 0 ? tag
                : prefix.Length > 0 ? prefix
                : stem + "_enum"
            );
            yield return Make(name, "enum", prefix, all);
        }

        ConstantGroup Make(string name, string form, string prefix, CConstant[] members)
        {
            // A name of small letters alone is kept by C# for itself.
            var free = CSharpNaming.Free(name, types, "Values");
            types.Add(free);
            var (size, isSigned) = Shape(members);
            return new(free, form, size, isSigned, prefix, members);
        }
    }

    /// <summary>The group as an element of a list.</summary>
    /// <param name="indent">How many blanks stand in front.</param>
    /// <param name="known">Names of constants that the specs have.</param>
    public IEnumerable<string> Lines(int indent, IReadOnlySet<string> known)
    {
        var entries = new List<(string, string)> { ("name", Name), ("form", Form) };
        if (Size != 32)
            entries.Add(("size", Size.ToString(CultureInfo.InvariantCulture)));
        if (IsSigned)
            entries.Add(("signed", "true"));
        if (Prefix.Length > 0)
            entries.Add(("prefix", Prefix));
        entries.Add(("values", ""));
        var taken = new HashSet<string> { Name, "value__" };
        return YamlText
            .Item(indent, entries, isBlock: true)
            .Select(static line => line.TrimEnd())
            .Concat(Members.SelectMany(member => ConstantText.Of(member, indent + 4, Size, Prefix, taken, known)));
    }

    /// <summary>The name of a header without folders and ending.</summary>
    public static string HeaderStem(string header) => header[(header.LastIndexOf('/') + 1)..^".h".Length];

    private static (int Size, bool IsSigned) Shape(IReadOnlyList<CConstant> members)
    {
        var isSigned = members.Any(static one => !ConstantText.IsUnsigned(one));
        var isWide = members.Any(one => one.Value < int.MinValue || one.Value > (isSigned ? int.MaxValue : uint.MaxValue));
        return (isWide ? 64 : 32, isSigned);
    }

    // To the last underscore that all names have in common, if C# names are left.
    private static string CommonPrefix(CConstant[] members)
    {
        var prefix = members[0].Name;
        foreach (var member in members)
        {
            while (!member.Name.StartsWith(prefix, StringComparison.Ordinal))
                prefix = prefix[..^1];
        }
        for (var end = prefix.LastIndexOf('_'); end > 0; end = prefix.LastIndexOf('_', end - 1))
        {
            var candidate = prefix[..(end + 1)];
            if (members.All(member => CSharpNaming.CanFollow(member.Name, candidate)))
                return candidate;
        }
        return "";
    }
}
