using System;
using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Vmx;

/// <summary>Finds and names what differs between the VMX capabilities of two processors.</summary>
internal static class VmxCapabilityComparison
{
    internal static List<VmxCapabilityDifference> Compare(VmxCapabilities here, VmxCapabilities there)
    {
        var steps = new List<(VmxMsr Msr, Action<List<VmxCapabilityDifference>> Add)>
        {
            (VmxMsr.Ia32VmxBasic, d => AddParts(d, VmxMsr.Ia32VmxBasic, VmxBasic.Parts, here.Basic.Value, there.Basic.Value)),
            (VmxMsr.Ia32VmxMisc, d => AddParts(d, VmxMsr.Ia32VmxMisc, VmxMisc.Parts, here.Misc.Value, there.Misc.Value)),
            (VmxMsr.Ia32VmxCr0Fixed0, d => AddFixedBits(d, "CR0", here.Cr0, there.Cr0)),
            (VmxMsr.Ia32VmxCr4Fixed0, d => AddFixedBits(d, "CR4", here.Cr4, there.Cr4)),
            (
                VmxMsr.Ia32VmxVmcsEnum,
                d => AddParts(d, VmxMsr.Ia32VmxVmcsEnum, VmcsEnumeration.Parts, here.VmcsEnumeration.Value, there.VmcsEnumeration.Value)
            ),
            (
                VmxMsr.Ia32VmxEptVpidCap,
                d => AddParts(d, VmxMsr.Ia32VmxEptVpidCap, EptVpidCapabilities.Parts, here.EptVpid.Value, there.EptVpid.Value)
            ),
        };
        foreach (var word in VmxControlWord.All)
            steps.Add((word.Msr, d => AddControls(d, word, here, there)));
        var differences = new List<VmxCapabilityDifference>();
        foreach (var (_, add) in steps.OrderBy(static step => step.Msr))
            add(differences);
        return differences;
    }

    private static void AddParts(
        List<VmxCapabilityDifference> differences,
        VmxMsr msr,
        ReadOnlySpan<BitFieldPart> parts,
        ulong here,
        ulong there
    )
    {
        var rest = here ^ there;
        foreach (var part in parts)
        {
            if ((rest & part.Mask) != 0)
                differences.Add(new(VmxMsrNames.Describe(msr), part.Name, Describe(part, here), Describe(part, there)));
            rest &= ~part.Mask;
        }
        if (rest != 0)
            differences.Add(new(VmxMsrNames.Describe(msr), "reserved bits", $"0x{here & rest:X}", $"0x{there & rest:X}"));
    }

    private static string Describe(BitFieldPart part, ulong raw) =>
        part.Low != part.High ? part.Describe(raw)
        : (raw & part.Mask) != 0 ? "yes"
        : "no";

    private static void AddControls(
        List<VmxCapabilityDifference> differences,
        VmxControlWord word,
        VmxCapabilities here,
        VmxCapabilities there
    )
    {
        var left = here.RangeOf(word);
        var right = there.RangeOf(word);
        AddSettings(
            differences,
            VmxMsrNames.Describe(left.Msr),
            word.NameOf,
            (left.Allowed0, left.Allowed1),
            (right.Allowed0, right.Allowed1)
        );
    }

    private static void AddFixedBits(List<VmxCapabilityDifference> differences, string register, VmxFixedBits here, VmxFixedBits there) =>
        AddSettings(differences, register, static bit => $"bit {bit}", (here.Fixed0, here.Fixed1), (there.Fixed0, there.Fixed1));

    private static void AddSettings(
        List<VmxCapabilityDifference> differences,
        string register,
        Func<int, string> name,
        (ulong MustBeOne, ulong MayBeOne) here,
        (ulong MustBeOne, ulong MayBeOne) there
    )
    {
        var different = (here.MustBeOne ^ there.MustBeOne) | (here.MayBeOne ^ there.MayBeOne);
        for (var bit = 0; bit < 64; bit++)
        {
            if (((different >> bit) & 1) != 0)
                differences.Add(new(register, name(bit), Setting(here, bit), Setting(there, bit)));
        }
    }

    private static string Setting((ulong MustBeOne, ulong MayBeOne) allowed, int bit)
    {
        if (((allowed.MustBeOne >> bit) & 1) != 0)
            return "1";
        return ((allowed.MayBeOne >> bit) & 1) != 0 ? "0 or 1" : "0";
    }
}
