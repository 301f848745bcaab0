using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace VmcsGen.Kvm;

public sealed partial class VmState
{
    /// <summary>Writes the state in the format that docs/snapshot-format.md describes, version 2.</summary>
    /// <param name="stream">The target; it need not be seekable, and stays open.</param>
    /// <exception cref="IOException">The stream could not be written.</exception>
    public void Save(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Save(stream, isPacked: true);
    }

    /// <summary>
    /// Writes the state into a file. The file is replaced when all is written, so that a failure leaves the old one. Memory stands in it
    /// as the guest has it, with holes where it holds zeros, so that <see cref="Load(string, VmState)"/> need not read it.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">The file could not be written.</exception>
    public void Save(string path)
    {
        using var file = new ReplacedFile(path);
        Save(file.Stream, isPacked: false);
        file.Commit();
    }

    /// <summary>
    /// Writes the state as <see cref="Save(Stream)"/> does, but not the contents of its memory: the guest gets them by another way when
    /// it goes on (<see cref="RestoreMemoryTo(KvmVm, Func{SlotState, IPageSource})"/>).
    /// </summary>
    /// <param name="stream">The target; it need not be seekable, and stays open.</param>
    /// <exception cref="IOException">The stream could not be written.</exception>
    public void SaveWithoutMemory(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Write(stream, Parts(isPacked: true, withMemory: false));
    }

    /// <summary>Writes the state as <see cref="Save(Stream)"/> does, without blocking the thread on the stream.</summary>
    /// <param name="stream">The target; it need not be seekable, and stays open.</param>
    /// <param name="cancellationToken">Ends the writing; the stream then holds a part of the state.</param>
    /// <exception cref="IOException">The stream could not be written.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task SaveAsync(Stream stream, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return SaveAsync(stream, isPacked: true, cancellationToken);
    }

    /// <summary>Writes the state into a file as <see cref="Save(string)"/> does, without blocking the thread.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Ends the writing, and leaves the old file.</param>
    /// <exception cref="IOException">The file could not be written.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task SaveAsync(string path, CancellationToken cancellationToken = default)
    {
        using var file = new ReplacedFile(path);
        await SaveAsync(file.Stream, isPacked: false, cancellationToken).ConfigureAwait(false);
        file.Commit();
    }

    private void Save(Stream stream, bool isPacked)
    {
        Verify(); // What was damaged must not get a checksum that is right.
        Write(stream, Parts(isPacked));
    }

    private static void Write(Stream stream, IEnumerable<Action<SnapshotWriter>> parts)
    {
        var writer = new SnapshotWriter();
        foreach (var write in parts)
        {
            write(writer);
            writer.FlushTo(stream);
        }
    }

    private async Task SaveAsync(Stream stream, bool isPacked, CancellationToken cancellationToken)
    {
        Verify();
        var writer = new SnapshotWriter();
        foreach (var write in Parts(isPacked))
        {
            write(writer);
            await writer.FlushToAsync(stream, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>What is to be written, in pieces of a bounded size.</summary>
    private IEnumerable<Action<SnapshotWriter>> Parts(bool isPacked, bool withMemory = true)
    {
        List<RecordedPages> stored = [];
        yield return writer => WriteIdentity(writer, Id, Guid.Empty);
        foreach (var memory in Memories())
        {
            var pages = memory.Pages;
            if (pages.IsAway || !withMemory)
            {
                yield return writer => stored.Add(WriteAway(writer, pages.Size));
                continue;
            }
            var room = isPacked ? pages.KeptPages * GuestMemory.PageSize : pages.Size;
            yield return writer => stored.Add(BeginMemory(writer, pages.Size, room, isPacked));
            ulong at = 0;
            foreach (var piece in PiecesOf(pages))
            {
                var gap = isPacked ? 0 : piece.Start - at;
                if (gap != 0)
                    yield return writer => writer.StepOver(gap);
                yield return writer => WritePages(writer, memory, piece, stored[^1]);
                at = piece.End;
            }
            var rest = isPacked ? 0 : pages.Size - at;
            yield return writer => writer.StepOver(rest);
        }
        yield return writer => WriteAfterPages(writer, stored, isDifference: false);
    }

    internal static void WriteIdentity(SnapshotWriter writer, Guid id, Guid baseId) =>
        writer.Write(SnapshotTag.Identity, new IdentityRecord(id, baseId));

    /// <summary>Begins the pages of a memory.</summary>
    /// <param name="writer">The snapshot.</param>
    /// <param name="size">Size of the memory.</param>
    /// <param name="room">How many bytes follow for its pages.</param>
    /// <param name="isPacked">Whether the pages stand side by side there.</param>
    internal static RecordedPages BeginMemory(SnapshotWriter writer, ulong size, ulong room, bool isPacked)
    {
        writer.Write(SnapshotTag.Memory, size);
        return new(writer.BeginPages(room), isPacked);
    }

    /// <summary>Writes all that stands behind the pages.</summary>
    internal void WriteAfterPages(SnapshotWriter writer, IReadOnlyList<RecordedPages> stored, bool isDifference)
    {
        foreach (var records in stored.SelectMany((pages, i) => pages.Extents((uint)i, isDifference)).Chunk(SnapshotFormat.MostRecords))
            writer.WriteAll<ExtentRecord>(SnapshotTag.Extents, records);
        foreach (var sums in stored.SelectMany(static pages => pages.Sums()).Chunk(SnapshotFormat.MostRecords))
            writer.WriteAll<uint>(SnapshotTag.Sums, sums);
        Dictionary<MemoryState, uint> indices = [];
        foreach (var memory in Memories())
            indices.Add(memory, (uint)indices.Count);
        foreach (var slot in Slots)
            WriteSlot(writer, slot, indices[slot.Memory]);
        foreach (var chip in Irqchips)
            writer.Write(SnapshotTag.Irqchip, chip);
        writer.WriteIfPresent(SnapshotTag.Pit, Pit);
        writer.WriteIfPresent(SnapshotTag.Clock, Clock);
        Host?.WriteTo(writer);
        foreach (var (name, content) in Sections)
            NamedSection.Write(writer, name, content);
        writer.WriteAll<StateGap>(SnapshotTag.Gaps, [.. Gaps]);
        foreach (var vcpu in Vcpus)
            vcpu.WriteTo(writer);
        writer.Write(SnapshotTag.End);
    }

    private static RecordedPages WriteAway(SnapshotWriter writer, ulong size)
    {
        writer.Write(SnapshotTag.Memory, size);
        writer.Write(SnapshotTag.Away);
        return new(writer.Position, isPacked: true);
    }

    private static IEnumerable<PageRange> PiecesOf(SavedPages pages)
    {
        for (var i = 0; i < pages.Extents.Length; i++)
        {
            var extent = pages.Extents[i];
            if (extent.File is null)
                continue;
            for (var at = extent.Pages.Start; at < extent.Pages.End; at += SavedPages.MostBytesAtOnce)
                yield return new(at, Math.Min(extent.Pages.End, at + SavedPages.MostBytesAtOnce));
        }
    }

    private static void WritePages(SnapshotWriter writer, MemoryState memory, PageRange piece, RecordedPages recorded)
    {
        var pages = writer.AppendPages((int)piece.Length);
        memory.Read(piece.Start, pages);
        for (var at = 0; at < pages.Length; at += GuestMemory.PageSize)
            recorded.Add(piece.Start + (ulong)at, pages.Slice(at, GuestMemory.PageSize));
    }

    private static void WriteSlot(SnapshotWriter writer, SlotState slot, uint memory) =>
        writer.Write(SnapshotTag.Slot, new SlotRecord((uint)slot.Number, slot.Flags, slot.GuestPhysicalAddress, memory, 0));
}
