using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx;
using static VmcsGen.Vmx.VmcsField;

namespace VmcsGen.Tool.Regions;

/// <summary>
/// What tells a VMCS region of a layout from other memory: values that every 64-bit hypervisor on a processor with VMX must have, and that
/// neither zeros nor other data have by chance.
/// </summary>
internal sealed class RegionSigns
{
    // Fewer say nothing.
    private const int LeastSigns = 6;

    // A revision identifier of this size or more does not stand at the beginning of other memory by chance.
    private const uint LeastTellingRevision = 1 << 16;

    private static readonly (VmcsField Field, Func<ulong, bool> IsTypical)[] s_values =
    [
        // SDM 3C A.7: VMX needs PE, NE and PG in CR0, and VMXE in CR4.
        (HostCr0, static value => (value & 0x8000_0021) == 0x8000_0021 && value >> 32 == 0),
        (HostCr4, static value => (value & 0x2020) == 0x2020 && value >> 33 == 0),
        (HostCr3, static value => value != 0 && value << 1 >> 53 == 0),
        (HostRip, static value => value != 0 && IsCanonical(value)),
        (HostRsp, static value => value != 0 && IsCanonical(value)),
        (HostGdtrBase, static value => value != 0 && IsCanonical(value)),
        (HostIdtrBase, static value => value != 0 && IsCanonical(value)),
        // SDM 3C 27.2.3: neither may be a null selector, nor have an RPL or a TI bit.
        (HostCsSelector, static value => value != 0 && (value & 7) == 0),
        (HostTrSelector, static value => value != 0 && (value & 7) == 0),
        // SDM 3C A.3 to A.5: what is 1 in each control word even where the TRUE capability MSRs allow the most.
        (VmcsField.PinBasedControls, static value => (value & 0x16) == 0x16 && value >> 8 == 0),
        (VmcsField.PrimaryProcessorBasedControls, static value => (value & 0x0400_6172) == 0x0400_6172),
        (VmcsField.PrimaryVmExitControls, static value => (value & 0x3_6DFB) == 0x3_6DFB),
        (VmcsField.VmEntryControls, static value => (value & 0x11FB) == 0x11FB && value >> 24 == 0),
        // SDM 3C 27.3.1.1 and 27.3.1.4.
        (GuestCr0, static value => (value & 0x20) != 0 && value >> 32 == 0),
        (GuestCr4, static value => (value & 0x2000) != 0 && value >> 33 == 0),
        (GuestRflags, static value => (value & 2) != 0 && (value & ~0x3F_7FD7UL) == 0),
        // SDM 3C 27.3.1.2: TR is a busy TSS that is there; what CS is has the type bits of code, or is data in real mode.
        (GuestTrAccessRights, static value => (value & 0x1_0097) is 0x83 or 0x87 || (value & 0x1_009F) == 0x8B),
        (GuestCsAccessRights, static value => (value & 0x91) == 0x91 || (value & 0x93) == 0x93),
        (VmcsLinkPointer, static value => value == ulong.MaxValue || (value != 0 && (value & 0xFFF) == 0 && value >> 52 == 0)),
    ];

    private readonly RegionLayout _layout;
    private readonly (RegionMember Member, Func<ulong, bool> IsTypical)[] _signs;
    private readonly int _size;

    /// <param name="layout">The layout.</param>
    public RegionSigns(RegionLayout layout)
    {
        _layout = layout;
        _size = layout.UsedSize;
        var typical = s_values.ToDictionary(static one => one.Field, static one => one.IsTypical);
        _signs =
        [
            .. layout
                .Members.Where(member => member.Field is { } field && typical.ContainsKey(field))
                .Select(member => (member, typical[member.Field!.Value])),
        ];
    }

    /// <summary>The layout.</summary>
    public RegionLayout Layout => _layout;

    /// <summary>Whether the first four bytes alone tell regions from other memory.</summary>
    public bool HasTellingRevision => _layout.Revision >= LeastTellingRevision;

    /// <summary>How many signs the layout has room for.</summary>
    public int Count => _signs.Length;

    /// <summary>Counts the signs in memory that may be a region.</summary>
    /// <returns>How many there are; null if they are too few, or the revision identifier is another.</returns>
    public int? Find(ReadOnlySpan<byte> memory)
    {
        if (memory.Length < _size || _signs.Length < LeastSigns || !_layout.HasRevision(memory))
            return null;
        var found = 0;
        foreach (var (member, isTypical) in _signs)
        {
            if (isTypical(RegionLayout.Read(memory, member)))
                found++;
        }
        // Where the revision is no evidence, nearly all else must be.
        var isEnough = HasTellingRevision ? 2 * found >= _signs.Length : 5 * found >= 4 * _signs.Length;
        return isEnough ? found : null;
    }

    private static bool IsCanonical(ulong value) => (long)value << 7 >> 7 == (long)value;
}
