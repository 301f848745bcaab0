using System;
using System.Linq;
using static VmcsGen.Vmx.VmcsField;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>Mutations of controls and of what they refer to.</summary>
internal static class ControlMutations
{
    private static readonly VmcsField[] s_words =
    [
        VmcsField.PinBasedControls,
        VmcsField.PrimaryProcessorBasedControls,
        VmcsField.SecondaryProcessorBasedControls,
        VmcsField.PrimaryVmExitControls,
        VmcsField.VmEntryControls,
    ];

    /// <summary>A control that the processor leaves free.</summary>
    public static void FlipControl(CaseBuilder c)
    {
        var word = c.OneOf(s_words);
        var (allowed0, allowed1) = Range(c.Capabilities, word);
        var free = allowed1 & ~allowed0;
        if (free == 0)
            return;
        var bits = Enumerable.Range(0, 32).Select(static i => 1U << i).Where(bit => (free & bit) != 0).ToArray();
        c.Flip(word, c.OneOf(bits));
        // Secondary controls count only while they are activated.
        if (word == VmcsField.SecondaryProcessorBasedControls && c.Chance(80))
            c.Set(VmcsField.PrimaryProcessorBasedControls, c[VmcsField.PrimaryProcessorBasedControls] | ActivateSecondary);
    }

    /// <summary>A control that has only one setting.</summary>
    public static void FlipReservedControl(CaseBuilder c)
    {
        var word = c.OneOf(s_words);
        c.FlipAnyBit(word);
        if (c.Chance(20))
            c.Set(VmcsField.VmFunctionControls, 1UL << c.Below(64));
    }

    /// <summary>The address of something that a control uses, with the control on.</summary>
    public static void ChangeAddress(CaseBuilder c)
    {
        var addresses = VmcsFields
            .All.ToArray()
            .Where(info =>
                info.Check is { Form: VmcsValueForm.PhysicalAddress } && info.Field.Type == VmcsFieldType.Control && c.Has(info.Field)
            )
            .ToArray();
        if (addresses.Length == 0)
            return;
        var info = c.OneOf(addresses);
        var address = c[info.Field];
        c.Set(
            info.Field,
            c.OneOf(
                address + 1,
                address + 0x10,
                address + 0x800,
                address | c.BeyondWidth,
                address | 1UL << 63,
                c.BeyondWidth - 0x1000,
                ulong.MaxValue,
                0
            )
        );
        var check = info.Check!.Value;
        if (check.ControlBit != 0 && c.Chance(80))
        {
            c.Set(check.ControlField, c[check.ControlField] | check.ControlBit);
            if (check.ControlField == VmcsField.SecondaryProcessorBasedControls)
                c.Set(VmcsField.PrimaryProcessorBasedControls, c[VmcsField.PrimaryProcessorBasedControls] | ActivateSecondary);
        }
    }

    public static void ChangeEptPointer(CaseBuilder c)
    {
        var pointer = c[VmcsField.EptPointer];
        c.Set(
            VmcsField.EptPointer,
            c.Below(8) switch
            {
                0 or 1 => (pointer & ~7UL) | (uint)c.Below(8),
                2 or 3 => (pointer & ~0x38UL) | (ulong)c.Below(8) << 3,
                4 => pointer ^ 1UL << 6,
                5 => pointer ^ 1UL << 7,
                6 => pointer ^ 1UL << (8 + c.Below(4)),
                _ => pointer | 1UL << (c.Context.PhysicalAddressWidth - 1 + c.Below(3)),
            }
        );
    }

    /// <summary>Counts, thresholds and MSR areas.</summary>
    public static void ChangeCounts(CaseBuilder c)
    {
        switch (c.Below(6))
        {
            case 0:
                c.Set(Cr3TargetCount, c.OneOf(0UL, 1, 3, 4, 5, 8, uint.MaxValue));
                break;
            case 1:
                c.Set(TprThreshold, c.OneOf(0UL, 1, 15, 16, 0x100, uint.MaxValue));
                c.Set(VmcsField.PrimaryProcessorBasedControls, c[VmcsField.PrimaryProcessorBasedControls] | UseTprShadow);
                if (c.Chance(50))
                    c.Patch<byte>(c.Memory.VirtualApic + 0x80, 0, c.OneOf<byte>(0x0F, 0x10, 0xF0));
                break;
            case 2:
                c.Set(VirtualProcessorIdentifier, c.OneOf(0UL, 1, 0xFFFF));
                c.Set(VmcsField.SecondaryProcessorBasedControls, c[VmcsField.SecondaryProcessorBasedControls] | EnableVpid);
                c.Set(VmcsField.PrimaryProcessorBasedControls, c[VmcsField.PrimaryProcessorBasedControls] | ActivateSecondary);
                break;
            case 3:
                ChangeArea(c, VmExitMsrStoreAddress, VmExitMsrStoreCount);
                break;
            case 4:
                ChangeArea(c, VmExitMsrLoadAddress, VmExitMsrLoadCount);
                break;
            default:
                ChangeArea(c, VmEntryMsrLoadAddress, VmEntryMsrLoadCount);
                break;
        }
    }

    private const uint ActivateSecondary = 1u << 31;
    private const uint UseTprShadow = 1 << 21;
    private const uint EnableVpid = 1 << 5;

    private static void ChangeArea(CaseBuilder c, VmcsField address, VmcsField count)
    {
        var page = c[address];
        if (c.Chance(30))
        {
            c.Set(count, c.OneOf(1UL, 2, 256));
            return;
        }
        // Addresses that processors refuse: the others are used.
        c.Set(
            address,
            c.OneOf(
                page + 1,
                page + 8,
                page | c.BeyondWidth,
                page | 1UL << 63,
                c.BeyondWidth - 0x10,
                c.BeyondWidth - 0x20,
                ulong.MaxValue - 0xF,
                ulong.MaxValue
            )
        );
        // Two fit behind the last of the addresses. A VM exit that loads all ones as an MSR is a VMX abort (SDM 3C 28.7).
        c.Set(count, c.OneOf(0UL, address == VmEntryMsrLoadAddress ? 2UL : 3, 3, 256, 0x1000_0000, 0x1000_0001, uint.MaxValue));
    }

    private static (uint Allowed0, uint Allowed1) Range(VmxCapabilities capabilities, VmcsField word) =>
        word switch
        {
            VmcsField.PinBasedControls => (capabilities.PinBased.Allowed0.Value, capabilities.PinBased.Allowed1.Value),
            VmcsField.PrimaryProcessorBasedControls => (
                capabilities.PrimaryProcessorBased.Allowed0.Value,
                capabilities.PrimaryProcessorBased.Allowed1.Value
            ),
            VmcsField.SecondaryProcessorBasedControls => (
                capabilities.SecondaryProcessorBased.Allowed0.Value,
                capabilities.SecondaryProcessorBased.Allowed1.Value
            ),
            VmcsField.PrimaryVmExitControls => (capabilities.PrimaryVmExit.Allowed0.Value, capabilities.PrimaryVmExit.Allowed1.Value),
            VmcsField.VmEntryControls => (capabilities.VmEntry.Allowed0.Value, capabilities.VmEntry.Allowed1.Value),
            _ => throw new ArgumentOutOfRangeException(nameof(word), word, "No word of controls that cases change."),
        };
}
