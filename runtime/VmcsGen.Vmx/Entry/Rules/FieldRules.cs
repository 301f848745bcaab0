using System;
using System.Collections.Generic;

namespace VmcsGen.Vmx.Entry;

/// <summary>The rules that are data of fields: one for the form of a value, one for bits that must be 0.</summary>
internal static class FieldRules
{
    /// <summary>The rules of some fields.</summary>
    internal static VmEntryRule[] Of(ReadOnlySpan<VmcsFieldInfo> fields)
    {
        var rules = new List<VmEntryRule>();
        foreach (var info in fields)
        {
            if (info.Check is not { } check || StageOf(info.Field) is not { } stage)
                continue;
            var (field, section) = (info.Field, check.Source ?? "specs");
            if (check.Form != VmcsValueForm.Any)
                rules.Add(new VmEntryRule($"{info.Name}{check.Form}", stage, section, state => CheckForm(state, field, check)));
            if (check.ZeroBits != 0)
                rules.Add(new VmEntryRule($"{info.Name}ZeroBits", stage, section, state => CheckZeroBits(state, field, check)));
        }
        return [.. rules];
    }

    /// <summary>Whether each byte is a memory type that IA32_PAT takes: 2, 3 and what is above 7 are reserved (SDM 3A 12.12.2).</summary>
    internal static bool AreMemoryTypes(ulong value)
    {
        for (var rest = value; rest != 0; rest >>= 8)
        {
            if ((rest & 0xFF) is 2 or 3 or > 7)
                return false;
        }
        return true;
    }

    private static VmEntryStage? StageOf(VmcsField field) =>
        field.Type switch
        {
            VmcsFieldType.Control => VmEntryStage.Controls,
            VmcsFieldType.HostState => VmEntryStage.HostState,
            VmcsFieldType.GuestState => VmEntryStage.GuestState,
            _ => null,
        };

    private static void CheckForm(VmEntryState state, VmcsField field, VmcsFieldCheck check)
    {
        if (!Applies(state, field, check, out var value))
            return;
        switch (check.Form)
        {
            case VmcsValueForm.PhysicalAddress when (value & state.BeyondStructureWidth) is var bits and not 0:
                Violate(
                    $"{RegisterBits.Name(bits)} must be 0: they lie beyond the width of physical addresses.",
                    "Write an address that the processor has."
                );
                break;
            case VmcsValueForm.Canonical when !state.IsCanonical(value):
                Violate(
                    $"The address is not canonical: bits 63:{state.Context.LinearAddressWidth - 1} must be alike.",
                    "Write a canonical address."
                );
                break;
            case VmcsValueForm.Nonzero when value == 0:
                Violate("The value must not be 0.", "Write another value.");
                break;
            case VmcsValueForm.MemoryTypes when !AreMemoryTypes(value):
                Violate("Each byte must be a memory type: 0 (UC), 1 (WC), 4 (WT), 5 (WP), 6 (WB) or 7 (UC-).", "Correct the other bytes.");
                break;
        }

        void Violate(string finding, string remedy) => FieldRules.Violate(state, field, check, finding, remedy);
    }

    private static void CheckZeroBits(VmEntryState state, VmcsField field, VmcsFieldCheck check)
    {
        if (Applies(state, field, check, out var value) && (value & check.ZeroBits) is var bits and not 0)
            Violate(state, field, check, $"{RegisterBits.Name(bits)} must be 0.", "Clear them.");
    }

    private static bool Applies(VmEntryState state, VmcsField field, VmcsFieldCheck check, out ulong value)
    {
        value = 0;
        return (check.ControlBit == 0 || state.IsOne(check.ControlField, check.ControlBit))
            && state.Vmcs.Access.TryRead(field, out value).IsSuccess;
    }

    private static void Violate(VmEntryState state, VmcsField field, VmcsFieldCheck check, string finding, string remedy)
    {
        if (check.ControlBit == 0)
            state.Violate(finding, remedy, field);
        else
            state.Violate(finding, remedy, field, check.ControlField);
    }
}
