using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Units;
using VmcsGen.Kvm;
using VmcsGen.Tool.Specs;

namespace VmcsGen.Tool.Facts;

/// <summary>KVM's capabilities.</summary>
internal static class CapabilityFacts
{
    /// <summary>All of them.</summary>
    public static IEnumerable<Fact> All => SpecSet.Kvm.FindEnum(nameof(KvmCapability))!.Members.Select(Of);

    private static Fact Of(EnumMember member) =>
        new("capability", member.Name, member.Doc.Native, member.Value, $"capability {member.Value}", () => Describe(member));

    private static IEnumerable<(string, string)> Describe(EnumMember member)
    {
        foreach (var detail in ItemWords.Meaning(member.Doc))
            yield return detail;
        var ioctls = IoctlFacts.All.Where(ioctl => KvmIoctl.CapabilityOf((uint)ioctl.Number!) == member.Doc.Native).ToArray();
        if (ioctls.Length != 0)
            yield return ("announces", string.Join(", ", ioctls.Select(static ioctl => ioctl.Name)));
        yield return ("in C#", $"{nameof(KvmCapability)}.{member.Name}");
        foreach (var detail in ItemWords.Origin(member.Doc))
            yield return detail;
    }
}
