using System.Linq;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Generated;
using VmcsGen.Oracle.Tests.Support;

namespace VmcsGen.Oracle.Tests.Vmx;

/// <summary>A generated VMCS layout against a recorded one: members and table of encodings.</summary>
internal static class LayoutComparison
{
    /// <returns>How many members were compared, and how many of them store VMCS fields.</returns>
    public static (int Members, int Stored) Compare(LayoutFacts facts, GeneratedLayout generated, Differences differences)
    {
        foreach (var fact in facts.Members)
        {
            if (!generated.Members.TryGetValue(fact.Name, out var actual))
            {
                differences.Add(fact.Name, "no generated member has this name");
                continue;
            }
            differences.Check(fact.Name, "offset", fact.Offset, actual.Offset);
            differences.Check(fact.Name, "size", fact.Size, actual.Size);
            if (fact.Encoding is { } encoding)
                differences.Check(fact.Name, $"offset by encoding 0x{encoding:X4}", fact.Offset, generated.OffsetOf(encoding));
        }
        return (facts.Members.Count, facts.Members.Count(static m => m.Encoding is not null));
    }

    /// <summary>Generated members that the facts do not know.</summary>
    public static void CompareBack(LayoutFacts facts, GeneratedLayout generated, Differences differences)
    {
        foreach (var name in generated.Members.Keys.Except(facts.Members.Select(static m => m.Name)))
            differences.Add(name, "no recorded member has this name");
    }
}
