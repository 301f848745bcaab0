using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Generated;
using VmcsGen.Oracle.Tests.Support;

namespace VmcsGen.Oracle.Tests.Kvm;

/// <summary>Generated structs against recorded ones: size, alignment, and the place and type of every member.</summary>
internal static class StructComparison
{
    /// <returns>How many structs and members were compared.</returns>
    public static (int Structs, int Members) Compare(KvmFacts facts, GeneratedKvm generated, Differences differences) =>
        Compare(facts, generated, differences, CTypes.Expected);

    /// <summary>The same with other C# types for C types.</summary>
    public static (int Structs, int Members) Compare(
        KvmFacts facts,
        GeneratedKvm generated,
        Differences differences,
        Func<string, string?> expected
    )
    {
        var structs = 0;
        var members = 0;
        foreach (var (name, fact) in facts.Structs)
        {
            if (!generated.Structs.TryGetValue(name, out var actual))
            {
                differences.Add(name, "no generated struct has this name");
                continue;
            }
            differences.Check(name, "size", fact.Size, actual.Size);
            differences.Check(name, "alignment", fact.Align, actual.Alignment);
            structs++;
            foreach (var member in fact.Members)
            {
                CompareMember($"{name}.{member.Path}", member, actual, differences, expected);
                members++;
            }
        }
        return (structs, members);
    }

    /// <summary>Generated structs and members that the facts do not know.</summary>
    public static void CompareBack(KvmFacts facts, GeneratedKvm generated, Differences differences)
    {
        foreach (var (name, actual) in generated.Structs)
        {
            if (!facts.Structs.TryGetValue(name, out var fact))
                differences.Add(name, "no recorded struct has this name");
            else
                foreach (var path in actual.Members.Keys.Except(fact.Members.Select(static m => m.Path)))
                    differences.Add($"{name}.{path}", "no recorded member has this path");
        }
    }

    private static void CompareMember(
        string item,
        MemberFact fact,
        GeneratedStruct owner,
        Differences differences,
        Func<string, string?> expected
    )
    {
        if (fact.Flexible)
            CompareFlexible(item, fact, owner.FlexibleEntries, differences, expected);
        else if (!owner.Members.TryGetValue(fact.Path, out var actual))
            differences.Add(item, "no generated member has this path");
        else if (fact.Bits is { } bits)
            differences.Check(item, "place", new BitRange(fact.Bit, bits), actual.Bits);
        else
        {
            differences.Check(item, "offset", fact.Offset, actual.Offset);
            differences.Check(item, "size", fact.Size, actual.Size);
            differences.Check(item, "dimensions", string.Join(", ", fact.Dims ?? []), string.Join(", ", actual.Dimensions));
            differences.Check(item, "type", expected(fact.Type), CTypes.Actual(actual.ElementType));
        }
    }

    private static void CompareFlexible(
        string item,
        MemberFact fact,
        IReadOnlyList<GeneratedMember> entries,
        Differences differences,
        Func<string, string?> expected
    )
    {
        if (entries.Count == 0)
        {
            differences.Add(item, "the generated struct has no flexible array");
            return;
        }
        // They have no names in C#: each type of entry is there once.
        var actual = entries.FirstOrDefault(e => CTypes.Actual(e.ElementType) == expected(fact.Type)) ?? entries[0];
        differences.Check(item, "offset of the entries", fact.Offset, actual.Offset);
        differences.Check(item, "size of an entry", fact.Size, ManagedLayout.SizeOf(actual.ElementType));
        differences.Check(item, "type of an entry", expected(fact.Type), CTypes.Actual(actual.ElementType));
    }
}
