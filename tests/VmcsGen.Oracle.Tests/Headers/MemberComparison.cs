using System.Collections.Generic;
using System.Linq;
using VmcsGen.Oracle.Tests.Generated;
using VmcsGen.Oracle.Tests.Support;

namespace VmcsGen.Oracle.Tests.Headers;

/// <summary>A generated member against what the compiler says of it.</summary>
internal static class MemberComparison
{
    public static void Compare(string item, string path, HeaderMemberFacts expected, GeneratedStruct owner, Differences differences)
    {
        // Flexible arrays have no names in C#: each type of entry is there once.
        var actual =
            expected.Kind == MemberKind.Flexible
                ? owner.FlexibleEntries.FirstOrDefault(e => SizeOf(e) == expected.Size) ?? owner.FlexibleEntries.ElementAtOrDefault(0)
                : owner.Members.GetValueOrDefault(path);
        if (actual is null)
            differences.Add(item, "no generated member has this path");
        else if (expected.Kind == MemberKind.BitField)
            differences.Check(item, "place", new BitRange(expected.Offset, expected.Size), actual.Bits);
        else
        {
            differences.Check(item, "offset", expected.Offset, actual.Offset);
            differences.Check(item, "size", expected.Size, expected.Kind == MemberKind.Flexible ? SizeOf(actual) : actual.Size);
        }
    }

    private static int SizeOf(GeneratedMember entries) => ManagedLayout.SizeOf(entries.ElementType);
}
