using System;
using System.Runtime.InteropServices;

namespace VmcsGen.Vmx.Entry;

/// <summary>SDM 3C 27.3.1.6: the page-directory-pointer-table entries of a guest with PAE paging.</summary>
internal static class GuestPdpteRules
{
    private const int Entries = 4;

    // CR3 with PAE paging: bits 31:5 are the address of the table (SDM 3A 4.4.1).
    private const ulong TableAddress = 0xFFFF_FFE0;

    // SDM 3C 27.8.
    private const ulong Qualification = 2;

    internal static RuleSet Set { get; } = new(VmEntryStage.GuestState, "SDM 3C 27.3.1.6") { GuestPdpteFields, GuestPdptesInMemory };

    private static void GuestPdpteFields(VmEntryState state)
    {
        if (!HasPaePaging(state) || !state.Secondary.EnableEpt)
            return;
        for (var i = 0u; i < Entries; i++)
        {
            var field = VmcsField.GuestPdpte0 + (2 * i);
            if (ReservedBits(state, state.Vmcs.Access.Read(field)) is var bits and not 0)
            {
                state.Violate(
                    Qualification,
                    $"{RegisterBits.Name(bits)} of PDPTE {i} must be 0 while it is present (bit 0).",
                    "Clear them, or bit 0.",
                    field,
                    VmcsField.GuestCr4
                );
            }
        }
    }

    private static void GuestPdptesInMemory(VmEntryState state)
    {
        if (!HasPaePaging(state) || state.Secondary.EnableEpt)
            return;
        Span<ulong> table = stackalloc ulong[Entries];
        var address = state.Vmcs.GuestCr3 & TableAddress;
        if (!state.TryReadMemory(address, MemoryMarshal.Cast<ulong, byte>(table)))
            return;
        for (var i = 0; i < Entries; i++)
        {
            if (ReservedBits(state, table[i]) is var bits and not 0)
            {
                state.Violate(
                    Qualification,
                    $"{RegisterBits.Name(bits)} of PDPTE {i} at 0x{address:X} must be 0 while it is present (bit 0).",
                    "Clear them, or bit 0, in memory, or correct CR3.",
                    VmcsField.GuestCr3,
                    VmcsField.GuestCr4
                );
            }
        }
    }

    private static bool HasPaePaging(VmEntryState state) =>
        !state.Entry.Ia32eModeGuest && (state.Vmcs.GuestCr0 & RegisterBits.Cr0Pg) != 0 && (state.Vmcs.GuestCr4 & RegisterBits.Cr4Pae) != 0;

    // SDM 3A 4.4.1: bits 2:1, 8:5 and what lies beyond the physical-address width.
    private static ulong ReservedBits(VmEntryState state, ulong entry) =>
        (entry & 1) == 0 ? 0 : entry & (0x1E6 | state.BeyondPhysicalWidth);
}
