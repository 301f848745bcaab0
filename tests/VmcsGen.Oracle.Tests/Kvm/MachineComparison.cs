using System.Collections.Generic;
using System.Linq;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Generated;
using VmcsGen.Oracle.Tests.Support;

namespace VmcsGen.Oracle.Tests.Kvm;

/// <summary>The generated interface of a machine against what gcc for that machine says.</summary>
internal static class MachineComparison
{
    /// <summary>Compares all that there is.</summary>
    /// <returns>How many structs, members, ioctls and constants were compared.</returns>
    public static (int Structs, int Members, int Ioctls, int Constants) Compare(
        KvmFacts facts,
        GeneratedKvm generated,
        Differences differences
    )
    {
        var (structs, members) = StructComparison.Compare(facts, generated, differences, CTypes.ExpectedElsewhere);
        return (
            structs,
            members,
            NumberComparison.CompareIoctls(facts, generated, differences),
            NumberComparison.CompareConstants(facts.Constants, generated, differences)
        );
    }

    /// <summary>The recorded facts that the specs are to have.</summary>
    public static KvmFacts Wanted(KvmMachine machine) => Wanted(machine.Facts, machine.LeftOut);

    /// <summary>Facts without what is left out on purpose, and without empty structs, which C# does not have.</summary>
    public static KvmFacts Wanted(KvmFacts facts, IReadOnlyDictionary<string, string> leftOut) =>
        facts with
        {
            Structs = facts
                .Structs.Where(one => one.Value.Size > 0 && !leftOut.ContainsKey(one.Key))
                .ToDictionary(
                    static one => one.Key,
                    static one =>
                        one.Value with
                        {
                            Members = [.. one.Value.Members.Where(static member => member.Size > 0 || member.Bits is not null)],
                        }
                ),
            Ioctls = facts.Ioctls.Where(one => !leftOut.ContainsKey(one.Key)).ToDictionary(),
            Constants = facts.Constants.Where(one => !leftOut.ContainsKey(one.Key)).ToDictionary(),
        };
}
