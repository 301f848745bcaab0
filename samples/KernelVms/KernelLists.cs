using System.Collections.Generic;

namespace KernelVms;

/// <summary>The containers of the kernel in which KVM keeps VMs and vCPUs.</summary>
internal static class KernelLists
{
    // More than any machine has; a list that was written over has no end.
    private const int Longest = 1 << 16;

    private const int LargestShift = 60;

    /// <summary>The addresses of a list's nodes (include/linux/list.h), from its head on.</summary>
    public static IEnumerable<ulong> Nodes(KernelMemory memory, ulong head)
    {
        var count = 0;
        for (var node = Next(head); node != head; node = Next(node))
        {
            if (++count > Longest)
                throw new DumpException($"the list at 0x{head:X} does not end after {Longest} nodes.");
            yield return node;
        }

        ulong Next(ulong node) => memory.Read<KernelListHead>(node, "a node of a list").Value.Next;
    }

    /// <summary>The pointers in an array (include/linux/xarray.h, "Internal entries"), by rising index.</summary>
    public static IEnumerable<ulong> Pointers(KernelMemory memory, KernelXarray array) => Pointers(memory, array.XaHead, LargestShift);

    private static IEnumerable<ulong> Pointers(KernelMemory memory, ulong entry, int largestShift)
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
        if (node.Value.Shift > largestShift)
            throw new DumpException($"the node of an array at 0x{node.Address:X} has the shift {node.Value.Shift}, and its parent no larger one.");
        for (var i = 0; i < 64; i++)
        {
            // Only a node of the lowest level has no node below it.
            var slot = node.Value.Slots[i];
            if (node.Value.Shift == 0 && IsInternal(slot))
                continue;
            foreach (var pointer in Pointers(memory, slot, node.Value.Shift - 1))
                yield return pointer;
        }
    }

    private static bool IsInternal(ulong entry) => (entry & 3) == 2;
}
