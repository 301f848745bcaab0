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
        // SYSENTER, PAT, STAR, LSTAR, CSTAR, FMASK, KERNEL_GS_BASE, TSC_AUX, EFER, DEBUGCTL; FS and GS base; x2APIC; SMM monitor;
        // microcode; VMX capabilities; TSC; one that is nowhere.
        var entry = new MsrAreaEntry(
            c.OneOf<uint>(
                0x174, 0x175, 0x176, 0x277, 0xC000_0081, 0xC000_0082, 0xC000_0083, 0xC000_0084, 0xC000_0102, 0xC000_0103, 0xC000_0080, 0x1D9,
                0xC000_0100, 0xC000_0101, 0x800, 0x8FF, 0x900, 0x7FF, 0x9B, 0x79, 0x8B, 0x480, 0x48C, 0x10, 0x1_2345),
            c.OneOf(0UL, 1, 0x500, 0xD01, 0x0007_0406_0007_0406, 0x0207_0406_0007_0406, 1UL << 32, 1UL << 47, 1UL << 48, 0xFFFF_8000_0000_0000, c.AnyNumber()));
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
        var entry = (place == 0 ? c.Memory.PaeDirectory : 0)
            | c.OneOf(1UL, 1, 1, 0) ^ c.OneOf(0UL, 2, 4, 8, 0x10, 0x20, 0x40, 0x80, 0x100, 0x200, 0x800, c.BeyondWidth >> 1, c.BeyondWidth, 1UL << 63);
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
        c.Set(VmcsLinkPointer, c.OneOf(
            c.Memory.LinkedVmcs, c.Memory.LinkedVmcs, c.Memory.ShadowVmcs, c.Memory.ShadowVmcs, c.Memory.StrangeVmcs, c.Memory.CurrentVmcs,
            c.Memory.LinkedVmcs + 1, c.Memory.LinkedVmcs + 0x800, c.Memory.LinkedVmcs | c.BeyondWidth, c.Memory.LinkedVmcs | 1UL << 63,
            c.BeyondWidth - 0x1000, c.Memory.Zeros, 0, 0xFFFF_FFFF, ulong.MaxValue - 0xFFF));
        if (c.Chance(30))
        {
            c.Flip(VmcsField.SecondaryProcessorBasedControls, ShadowingBit);
            c.Set(VmcsField.PrimaryProcessorBasedControls, c[VmcsField.PrimaryProcessorBasedControls] | 1u << 31);
        }
    }
}
