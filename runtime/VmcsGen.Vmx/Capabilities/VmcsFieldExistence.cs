using System;
using System.Collections.Frozen;
using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Vmx;

/// <summary>
/// Whether the capability MSRs announce a VMCS field. The conditions are the fields' own, from <see cref="VmcsFieldInfo.Conditions"/>: a field
/// exists on processors that support the 1-setting of one of the controls named there (SDM 3D, appendix B).
/// </summary>
internal static class VmcsFieldExistence
{
    internal static bool Exists(VmcsField field, VmxCapabilities capabilities)
    {
        if (!field.IsWellFormed || !Conditions.ByField.TryGetValue(field.Full, out var condition))
            return false;
        if (Cr3TargetNumber(field) is { } number)
            return number < capabilities.Misc.Cr3TargetCount;
        if (condition.Length == 0)
            return !IsTdxOnly(field.Full);
        foreach (var (word, bits) in condition)
        {
            if ((capabilities.RangeOf(word).Allowed1 & bits) != 0)
                return true;
        }
        return false;
    }

    // No control and no capability MSR of VMX tells of these two: VMREAD reaches them in SEAM operation only.
    private static bool IsTdxOnly(VmcsField field) => field is VmcsField.SharedEptPointer or VmcsField.SeamGuestKeyId;

    // SDM 3D A.6: IA32_VMX_MISC counts them.
    private static uint? Cr3TargetNumber(VmcsField field) =>
        field is >= VmcsField.Cr3TargetValue0 and <= VmcsField.Cr3TargetValue3 ? (field - VmcsField.Cr3TargetValue0) / 2 : null;

    // Made when first asked for: images in memory never need it.
    private static class Conditions
    {
        internal static readonly FrozenDictionary<VmcsField, (VmxControlWord Word, ulong Bits)[]> ByField = Create();

        private static FrozenDictionary<VmcsField, (VmxControlWord Word, ulong Bits)[]> Create()
        {
            var words = VmxControlWord.All.ToDictionary(static word => word.Field);
            var conditions = new Dictionary<VmcsField, (VmxControlWord Word, ulong Bits)[]>();
            foreach (var info in VmcsFields.All)
                conditions.Add(
                    info.Field,
                    Array.ConvertAll(info.Conditions.ToArray(), condition => (words[condition.Word!.Value], condition.Bit))
                );
            return conditions.ToFrozenDictionary();
        }
    }
}
