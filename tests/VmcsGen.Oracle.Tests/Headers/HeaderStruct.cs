using System.Collections.Generic;

namespace VmcsGen.Oracle.Tests.Headers;

/// <summary>A struct that the headers declare, and the paths of its members at every depth.</summary>
/// <param name="Tag">The C tag.</param>
/// <param name="Keyword"><c>struct</c> or <c>union</c>.</param>
/// <param name="Members">The members.</param>
internal sealed record HeaderStruct(string Tag, string Keyword, IReadOnlyList<HeaderMember> Members)
{
    public static HeaderStruct Of(DebugEntry entry, DebugInformation information)
    {
        List<HeaderMember> members = [];
        Walk(entry, "", members, information);
        return new(entry.Name!, entry.Tag == "union_type" ? "union" : "struct", members);
    }

    private static void Walk(DebugEntry parent, string prefix, List<HeaderMember> members, DebugInformation information)
    {
        foreach (var child in parent.Children)
        {
            if (child.Tag != "member")
                continue;
            var type = information.TypeOf(child)!;
            var array = type.Tag == "array_type" ? type : null;
            var element = array is null ? type : information.TypeOf(array)!;
            if (child.Name is null)
            {
                Walk(element, prefix, members, information);
                continue;
            }
            var isNested = element is { IsStruct: true, Name: null };
            // The filler that C needs for a flexible array in a union.
            if (isNested && element.Children.Count == 0)
                continue;
            var kind =
                child.IsBitField ? MemberKind.BitField
                : array is { IsFlexible: true } ? MemberKind.Flexible
                : MemberKind.Plain;
            members.Add(new(prefix + child.Name, kind));
            if (isNested)
                Walk(element, prefix + child.Name + (array is null ? "." : "[]."), members, information);
        }
    }
}

/// <summary>A member's path, as in <c>redirtbl[].fields.mask</c>, and what can be asked of it.</summary>
internal sealed record HeaderMember(string Path, MemberKind Kind);

/// <summary>What C can tell of a member.</summary>
internal enum MemberKind
{
    /// <summary>Its offset and size.</summary>
    Plain,

    /// <summary>Its offset and the size of an entry.</summary>
    Flexible,

    /// <summary>The bits that it sets.</summary>
    BitField,
}
