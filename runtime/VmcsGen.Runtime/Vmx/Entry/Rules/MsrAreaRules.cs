using System;

namespace VmcsGen.Vmx;

/// <summary>What the rules on the three MSR areas share (SDM 3C 27.2.1.2 and 27.2.1.3).</summary>
internal static class MsrAreaRules
{
    private const uint EntrySize = 16;

    internal static void CheckAlignment(VmEntryState state, VmcsField address, VmcsField count)
    {
        if (state.Vmcs.Access.Read(count) != 0 && (state.Vmcs.Access.Read(address) & (EntrySize - 1)) is var bits and not 0)
        {
            state.Violate(
                $"{RegisterBits.Name(bits)} of the address must be 0 while the count is not 0.", "Align the area to 16 bytes, or write 0 to the count.",
                address, count);
        }
    }

    internal static void CheckAddress(VmEntryState state, VmcsField address, VmcsField count)
    {
        var entries = state.Vmcs.Access.Read(count);
        if (entries == 0)
            return;
        // The sum has more bits than an address.
        var first = state.Vmcs.Access.Read(address);
        var last = (UInt128)first + entries * EntrySize - 1;
        if ((first & state.BeyondStructureWidth) != 0 || last > ulong.MaxValue || ((ulong)last & state.BeyondStructureWidth) != 0)
        {
            state.Violate(
                $"The area from 0x{first:X} to 0x{last:X} reaches beyond the physical-address width of {state.Context.PhysicalAddressWidth} bits.",
                "Move the area down, or lower the count.", address, count);
        }
    }
}
