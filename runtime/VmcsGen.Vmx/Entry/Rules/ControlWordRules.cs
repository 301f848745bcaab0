using System.Numerics;

namespace VmcsGen.Vmx.Entry;

/// <summary>What rules on control words share: bits that the capability MSRs fix, and controls that need others.</summary>
internal static class ControlWordRules
{
    /// <summary>Reserved bits and controls that the processor does not offer (SDM 3D A.3 to A.5 and A.11).</summary>
    internal static void CheckAllowedSettings(VmEntryState state, VmxControlWord word, ulong value)
    {
        var range = state.Capabilities.RangeOf(word);
        var missing = range.Allowed0 & ~value;
        var excess = value & ~range.Allowed1;
        if ((missing | excess) == 0)
            return;
        var finding =
            $"By {VmxMsrNames.Describe(range.Msr)}, "
            + (missing == 0 ? "" : $"{Names(word, missing)} must be 1")
            + (missing == 0 || excess == 0 ? "" : " and ")
            + (excess == 0 ? "" : $"{Names(word, excess)} must be 0")
            + $" in the {word.SdmName}.";
        var right = (value | range.Allowed0) & range.Allowed1;
        state.Violate(finding, $"Write 0x{right:X} to {word.Name}, or adjust the controls with VmxCapabilities.", word.Field);
    }

    /// <summary>A control that may be 1 only if another is 1.</summary>
    internal static void CheckNeeds(
        VmEntryState state,
        bool isOne,
        string control,
        bool needIsOne,
        string need,
        VmcsField field,
        VmcsField needField
    )
    {
        if (isOne && !needIsOne)
            Violate(state, $"{control} is 1 although {need} is 0.", $"Set {need}, or clear {control}.", field, needField);
    }

    internal static void Violate(VmEntryState state, string finding, string remedy, VmcsField field, VmcsField other)
    {
        if (field == other)
            state.Violate(finding, remedy, field);
        else
            state.Violate(finding, remedy, field, other);
    }

    private static string Names(VmxControlWord word, ulong bits)
    {
        // Named controls by name, the reserved ones together.
        var reserved = bits;
        var text = "";
        for (var rest = bits; rest != 0; rest &= rest - 1)
        {
            var bit = BitOperations.TrailingZeroCount(rest);
            var name = word.NameOf(bit);
            if (name.StartsWith("bit ", System.StringComparison.Ordinal))
                continue;
            reserved &= ~(1UL << bit);
            text += (text.Length == 0 ? "" : ", ") + name;
        }
        return reserved == 0 ? text : text + (text.Length == 0 ? "" : ", ") + "reserved " + RegisterBits.Name(reserved);
    }
}
