using System.Collections.Generic;

namespace KernelVms;

/// <summary>The containers of the kernel in which KVM keeps VMs and vCPUs.</summary>
internal static class KernelLists
{
    // A node of an array divides what it is for among its slots (include/linux/xarray.h, XA_CHUNK_SHIFT).
    private const int SlotShift = 6;
    private const int Slots = 1 << SlotShift;
    private const int LargestShift = 60;

    /// <summary>The addresses of a list's nodes (include/linux/list.h), from its head on.</summary>
    public static IEnumerable<ulong> Nodes(KernelMemory memory, ulong head)
    {
        var met = new HashSet<ulong>();
        for (var node = Next(head); node != head; node = Next(node))
        {
            if (!met.Add(node))
                throw new DumpException(
                    $"the list at 0x{head:X} comes back to its node at 0x{node:X}: it was being changed, or is damaged."
                );
            yield return node;
        }

        ulong Next(ulong node) => memory.Read<KernelListHead>(node, "a node of a list").Value.Next;
    }

    /// <summary>The pointers in an array (include/linux/xarray.h, "Internal entries"), by rising index.</summary>
    public static IEnumerable<ulong> Pointers(KernelMemory memory, KernelXarray array)
    {
        var met = new HashSet<ulong>();
        return Of(array.XaHead, LargestShift);

        IEnumerable<ulong> Of(ulong entry, int shift)
        {
            if (!IsInternal(entry))
            {
                if (entry != 0)
                    yield return entry;
                yield break;
            }
            // What is left among internal entries are signs of the array's own, without anything behind them.
            if (entry < MemoryDump.PageSize)
                yield break;
            var node = memory.Read<KernelXaNode>(entry - 2, "a node of an array");
            if (node.Value.Shift > shift || !met.Add(node.Address))
                throw new DumpException(
                    $"the array's node at 0x{node.Address:X} is not in its place: it was being changed, or is damaged."
                );
            for (var i = 0; i < Slots; i++)
            {
                foreach (var pointer in Of(node.Value.Slots[i], node.Value.Shift - SlotShift))
                    yield return pointer;
            }
        }
    }

    private static bool IsInternal(ulong entry) => (entry & 3) == 2;
}
