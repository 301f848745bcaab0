using VmcsGen.Vmx.Structures;
using static VmcsGen.Vmx.VmcsField;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>Mutations of what the guest-state area refers to in memory.</summary>
internal static class MemoryMutations
{
    private const uint EntrySize = 16;
    private const uint EnableEpt = 1 << 1;
    private const uint ShadowingBit = 1 << 14;

    /// <summary>The VM-entry MSR-load area, with one entry of its own kind.</summary>
    public static void LoadMsrs(CaseBuilder c)
    {
        var count = (uint)c.Below(4) + 1;
        var place = (uint)c.Below((int)count);
        var index = c.OneOf([.. LoadedMsrs.Indices]);
        var entry = new MsrAreaEntry(index, c.OneOf([.. LoadedMsrs.Values, c.AnyNumber()]));
        if (c.Chance(10))
            entry.Reserved = 1u << c.Below(32);
        c.Set(VmEntryMsrLoadCount, count);
        c.Patch(c.Memory.EntryMsrLoad + (place * EntrySize), FuzzMemory.ValidEntry, entry);
        if (c.Chance(5))
            c.Set(VmEntryMsrLoadAddress, c.OneOf(c.Memory.EntryMsrLoad + 8, c.Memory.Zeros, c.Memory.EntryMsrLoad | c.BeyondWidth));
    }

    public static void ChangePdptes(CaseBuilder c)
    {
        var place = (uint)c.Below(4);
        var entry =
            (place == 0 ? c.Memory.PaeDirectory : 0)
            | c.OneOf(1UL, 1, 1, 0)
                ^ c.OneOf(0UL, 2, 4, 8, 0x10, 0x20, 0x40, 0x80, 0x100, 0x200, 0x800, c.BeyondWidth >> 1, c.BeyondWidth, 1UL << 63);
        // The fields count with EPT, memory without.
        if (c.Has(GuestPdpte0) && c.Chance((c[VmcsField.SecondaryProcessorBasedControls] & EnableEpt) != 0 ? 85 : 15))
            c.Set(GuestPdpte0 + (2 * place), entry);
        else
            c.Patch(c.Memory.PaePointerTable + (place * sizeof(ulong)), place == 0 ? c.Memory.PaeDirectory | 1 : 0, entry);
        // Into PAE paging, for the guests without.
        if (c.Chance(20))
            c.Set(GuestCr4, c[GuestCr4] | 1 << 5);
        if (c.Chance(20))
            c.Set(GuestCr3, c.OneOf(c.Memory.PaePointerTable, c.Memory.PaePointerTable + 0x20, c.Memory.Zeros, c.Memory.EntryMsrLoad));
        if (c.Fields.Count == 0)
            c.Flip(GuestRflags, 1 << 18);
    }

    public static void ChangeLinkPointer(CaseBuilder c)
    {
        c.Set(
            VmcsLinkPointer,
            c.OneOf(
                c.Memory.LinkedVmcs,
                c.Memory.LinkedVmcs,
                c.Memory.ShadowVmcs,
                c.Memory.ShadowVmcs,
                c.Memory.StrangeVmcs,
                c.Memory.CurrentVmcs,
                c.Memory.LinkedVmcs + 1,
                c.Memory.LinkedVmcs + 0x800,
                c.Memory.LinkedVmcs | c.BeyondWidth,
                c.Memory.LinkedVmcs | 1UL << 63,
                c.BeyondWidth - 0x1000,
                c.Memory.Zeros,
                0,
                0xFFFF_FFFF,
                ulong.MaxValue - 0xFFF
            )
        );
        if (c.Chance(30))
        {
            c.Flip(VmcsField.SecondaryProcessorBasedControls, ShadowingBit);
            c.Set(VmcsField.PrimaryProcessorBasedControls, c[VmcsField.PrimaryProcessorBasedControls] | 1u << 31);
        }
    }
}
