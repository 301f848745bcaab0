using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;

namespace VmcsGen.Kvm;

public sealed partial class VmState
{
    /// <summary>Writes the state in the format that docs/snapshot-format.md describes, version 1.</summary>
    /// <param name="stream">Where to; it need not be seekable, and stays open.</param>
    /// <exception cref="IOException">The stream could not be written.</exception>
    public void Save(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var writer = new SnapshotWriter(stream);
        SaveMemory(writer);
        foreach (KvmIrqchip chip in Irqchips)
            writer.Write(SnapshotTag.Irqchip, chip);
        writer.WriteIfPresent(SnapshotTag.Pit, Pit);
        writer.WriteIfPresent(SnapshotTag.Clock, Clock);
        writer.WriteAll<StateGap>(SnapshotTag.Gaps, [.. Gaps]);
        foreach (VcpuState vcpu in Vcpus)
            vcpu.WriteTo(writer);
        writer.Write(SnapshotTag.End);
    }

    /// <summary>Writes the state into a file, which is replaced if it is there.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file could not be written.</exception>
    public void Save(string path)
    {
        using FileStream file = File.Create(path);
        Save(file);
    }

    private void SaveMemory(SnapshotWriter writer)
    {
        List<MemoryState> memories = [];
        foreach (SlotState slot in Slots)
        {
            if (!memories.Contains(slot.Memory))
            {
                SavePages(writer, (uint)memories.Count, slot.Memory);
                memories.Add(slot.Memory);
            }
        }
        foreach (SlotState slot in Slots)
        {
            writer.Write(SnapshotTag.Slot, new SlotRecord(
                (uint)slot.Number, slot.Flags, slot.GuestPhysicalAddress, (uint)memories.IndexOf(slot.Memory), 0));
        }
    }

    private static void SavePages(SnapshotWriter writer, uint index, MemoryState memory)
    {
        writer.Write(SnapshotTag.Memory, memory.Size);
        foreach (MemoryState.Piece piece in memory.Pieces)
        {
            var header = new PagesRecord(index, 0, piece.Offset / GuestMemory.PageSize);
            writer.Write(SnapshotTag.Pages, MemoryMarshal.AsBytes(new ReadOnlySpan<PagesRecord>(in header)), piece.Bytes);
        }
    }

    /// <summary>The section of a slot.</summary>
    private readonly record struct SlotRecord(
        uint Number, KvmMemoryRegionFlags Flags, ulong GuestPhysicalAddress, uint MemoryIndex, uint Reserved);

    /// <summary>What a section of pages begins with.</summary>
    private readonly record struct PagesRecord(uint MemoryIndex, uint Reserved, ulong FirstPage);
}
