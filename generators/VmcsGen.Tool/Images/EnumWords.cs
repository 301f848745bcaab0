using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Units;

namespace VmcsGen.Tool.Images;

/// <summary>A number of the kernel's by the names of its constants.</summary>
internal static class EnumWords
{
    /// <summary>The names; empty if none fits.</summary>
    public static string Of(EnumUnit type, ulong value)
    {
        if (type.Members.FirstOrDefault(member => member.Value == value) is { } exact)
            return NameOf(exact);
        if (type.Form != EnumForm.Flags)
            return "";
        var names = new List<string>();
        var rest = value;
        foreach (var member in type.Members.Where(member => member.Value != 0 && (member.Value & value) == member.Value))
        {
            names.Add(NameOf(member));
            rest &= ~member.Value;
        }
        if (names.Count != 0 && rest != 0)
            names.Add($"0x{rest:X}");
        return string.Join(", ", names);
    }

    private static string NameOf(EnumMember member) => member.Doc.Native ?? member.Name;
}
