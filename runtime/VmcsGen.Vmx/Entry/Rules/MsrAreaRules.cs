using System;

namespace VmcsGen.Vmx.Entry;

/// <summary>What the rules on the three MSR areas share (SDM 3C 27.2.1.2 and 27.2.1.3).</summary>
internal static class MsrAreaRules
{
    private const uint EntrySize = 16;

    internal static void CheckAlignment(VmEntryState state, VmcsField address, VmcsField count)
    {
        if (state.Vmcs.Access.Read(count) != 0 && !IsAligned(state, address))
        {
            state.Violate(
                "Bits 3:0 of the address must be 0 while the count is not 0.",
                "Align the area to 16 bytes, or write 0 to the count.",
                address,
                count
            );
        }
    }

    internal static void CheckAddress(VmEntryState state, VmcsField address, VmcsField count)
    {
        if (!IsWithinWidth(state, address, count))
        {
            state.Violate(
                $"The area of 16 bytes an entry reaches beyond the physical-address width of {state.Context.PhysicalAddressWidth} bits.",
                "Move the area down, or lower the count.",
                address,
                count
            );
        }
    }

    internal static bool IsAligned(VmEntryState state, VmcsField address) => (state.Vmcs.Access.Read(address) & (EntrySize - 1)) == 0;

    internal static bool IsWithinWidth(VmEntryState state, VmcsField address, VmcsField count)
    {
        // The sum has more bits than an address.
        var size = state.Vmcs.Access.Read(count) * EntrySize;
        var first = state.Vmcs.Access.Read(address);
        var last = (UInt128)first + size - 1;
        return size == 0
            || ((first & state.BeyondStructureWidth) == 0 && last <= ulong.MaxValue && ((ulong)last & state.BeyondStructureWidth) == 0);
    }
}
