using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;

namespace VmcsGen.Kvm;

/// <summary>The checksums of pages in a file. States that have pages there share them.</summary>
/// <param name="memories">The pages.</param>
/// <param name="file">The file.</param>
/// <param name="sections">Where in it the checksums are, in the order of the pages.</param>
internal sealed class PageSums(IReadOnlyList<SavedPages> memories, PageFile file, IReadOnlyList<PageSums.Section> sections)
{
    private const int PageSize = GuestMemory.PageSize;

    private bool _isVerified;

    /// <summary>Reads the pages and compares, the first time.</summary>
    /// <exception cref="InvalidDataException">A page is not what was written.</exception>
    internal void Verify()
    {
        if (_isVerified)
            return;
        Verify(memories, Read());
        _isVerified = true;
    }

    /// <summary>Reads pages and compares them with checksums.</summary>
    /// <exception cref="InvalidDataException">A page is not what was written.</exception>
    internal static void Verify(IReadOnlyList<SavedPages> memories, IEnumerable<uint[]> sums)
    {
        VerifySums(memories.SelectMany(static memory => memory.Extents.ToArray()), sums);
        foreach (var memory in memories)
            VerifyZeros(memory);
    }

    private static void VerifySums(IEnumerable<PageExtent> extents, IEnumerable<uint[]> sums)
    {
        using var parts = sums.GetEnumerator();
        ReadOnlyMemory<uint> left = default;
        var page = new byte[PageSize];
        foreach (var extent in extents)
        {
            for (ulong at = 0; extent.File is not null && at < extent.Pages.Length; at += PageSize)
            {
                while (left.IsEmpty && parts.MoveNext())
                    left = parts.Current;
                extent.File.Read(extent.FileOffset + at, page);
                if (Crc32C.Of(page) != left.Span[0])
                {
                    throw new InvalidDataException(
                        $"The page at 0x{extent.Pages.Start + at:X} of a memory, at byte {extent.FileOffset + at} of the snapshot, does not have "
                            + "the checksum that was written with it: the file was damaged after it was written."
                    );
                }
                left = left[1..];
            }
        }
    }

    // Guests see what lies between the extents, too.
    private static void VerifyZeros(SavedPages memory)
    {
        if (memory.Whole is not { } whole)
            return;
        var bytes = new byte[SavedPages.MostBytesAtOnce];
        foreach (var (start, end) in memory.Without(SparseFile.Data(whole.File.Handle, whole.Offset, memory.Size)))
        {
            for (var at = start; at < end; at += (ulong)bytes.Length)
            {
                var part = bytes.AsSpan(0, (int)Math.Min((ulong)bytes.Length, end - at));
                whole.File.Read(whole.Offset + at, part);
                var wrong = part.IndexOfAnyExcept((byte)0);
                if (wrong < 0)
                    continue;
                throw new InvalidDataException(
                    $"The page at 0x{(at + (ulong)wrong) / PageSize * PageSize:X} of a memory is one of zeros, and byte "
                        + $"{whole.Offset + at + (ulong)wrong} of the snapshot is not: the file was damaged after it was written."
                );
            }
        }
    }

    private IEnumerable<uint[]> Read()
    {
        foreach (var (place, length) in sections)
        {
            var header = new byte[SnapshotFormat.SectionHeaderSize];
            var content = new byte[length];
            file.Read(place - (ulong)header.Length, header);
            file.Read(place, content);
            if (SnapshotReader.SumOf(SnapshotTag.Sums, (ulong)length, content) != MemoryMarshal.Read<uint>(header.AsSpan(sizeof(uint))))
                throw new InvalidDataException($"The checksums of pages at byte {place} of the snapshot are damaged themselves.");
            yield return MemoryMarshal.Cast<byte, uint>(content).ToArray();
        }
    }

    /// <summary>A section with checksums.</summary>
    internal readonly record struct Section(ulong Place, int Length);
}
