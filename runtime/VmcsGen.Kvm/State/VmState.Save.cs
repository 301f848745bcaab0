using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;

namespace VmcsGen.Kvm;

public sealed partial class VmState
{
    /// <summary>Writes the state in the format that docs/snapshot-format.md describes, version 1.</summary>
    /// <param name="stream">The target; it need not be seekable, and stays open.</param>
    /// <exception cref="IOException">The stream could not be written.</exception>
    public void Save(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var writer = new SnapshotWriter(stream);
        foreach (Action<SnapshotWriter> part in Parts())
            part(writer);
    }

    /// <summary>Writes the state into a file. The file is replaced when all is written, so that a failure leaves the old one.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file could not be written.</exception>
    public void Save(string path)
    {
        using var file = new ReplacedFile(path);
        Save(file.Stream);
        file.Commit();
    }

    /// <summary>Writes the state as <see cref="Save(Stream)"/> does, without blocking the thread on the stream.</summary>
    /// <param name="stream">The target; it need not be seekable, and stays open.</param>
    /// <param name="cancellationToken">Ends the writing; the stream then holds a part of the state.</param>
    /// <exception cref="IOException">The stream could not be written.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task SaveAsync(Stream stream, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var part = new MemoryStream();
        var writer = new SnapshotWriter(part);
        foreach (Action<SnapshotWriter> write in Parts())
        {
            write(writer);
            await stream.WriteAsync(part.GetBuffer().AsMemory(0, (int)part.Length), cancellationToken).ConfigureAwait(false);
            part.SetLength(0);
        }
    }

    /// <summary>Writes the state into a file as <see cref="Save(string)"/> does, without blocking the thread.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Ends the writing, and leaves the old file.</param>
    /// <exception cref="IOException">The file could not be written.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task SaveAsync(string path, CancellationToken cancellationToken = default)
    {
        using var file = new ReplacedFile(path);
        await SaveAsync(file.Stream, cancellationToken).ConfigureAwait(false);
        file.Commit();
    }

    /// <summary>What is to be written, in pieces of a bounded size.</summary>
    private IEnumerable<Action<SnapshotWriter>> Parts()
    {
        List<MemoryState> memories = [];
        foreach (SlotState slot in Slots)
        {
            if (memories.Contains(slot.Memory))
                continue;
            uint index = (uint)memories.Count;
            memories.Add(slot.Memory);
            yield return writer => writer.Write(SnapshotTag.Memory, slot.Memory.Size);
            foreach (MemoryState.Piece piece in slot.Memory.Pieces)
                yield return writer => WritePages(writer, index, piece);
        }
        yield return writer =>
        {
            foreach (SlotState slot in Slots)
                WriteSlot(writer, slot, memories.IndexOf(slot.Memory));
            foreach (KvmIrqchip chip in Irqchips)
                writer.Write(SnapshotTag.Irqchip, chip);
            writer.WriteIfPresent(SnapshotTag.Pit, Pit);
            writer.WriteIfPresent(SnapshotTag.Clock, Clock);
            writer.WriteAll<StateGap>(SnapshotTag.Gaps, [.. Gaps]);
        };
        foreach (VcpuState vcpu in Vcpus)
            yield return vcpu.WriteTo;
        yield return static writer => writer.Write(SnapshotTag.End);
    }

    private static void WriteSlot(SnapshotWriter writer, SlotState slot, int memory) =>
        writer.Write(SnapshotTag.Slot, new SlotRecord((uint)slot.Number, slot.Flags, slot.GuestPhysicalAddress, (uint)memory, 0));

    private static void WritePages(SnapshotWriter writer, uint index, MemoryState.Piece piece)
    {
        var header = new PagesRecord(index, 0, piece.Offset / GuestMemory.PageSize);
        writer.Write(SnapshotTag.Pages, MemoryMarshal.AsBytes(new ReadOnlySpan<PagesRecord>(in header)), piece.Bytes);
    }

    /// <summary>The section of a slot.</summary>
    private readonly record struct SlotRecord(
        uint Number,
        KvmMemoryRegionFlags Flags,
        ulong GuestPhysicalAddress,
        uint MemoryIndex,
        uint Reserved
    );

    /// <summary>What a section of pages begins with.</summary>
    private readonly record struct PagesRecord(uint MemoryIndex, uint Reserved, ulong FirstPage);
}
