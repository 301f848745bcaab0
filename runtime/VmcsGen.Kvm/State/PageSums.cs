using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;

namespace VmcsGen.Kvm;

/// <summary>The checksums of pages in a file that nobody has looked at yet.</summary>
/// <param name="extents">The pages.</param>
/// <param name="file">The file.</param>
/// <param name="sections">Where in it the checksums are, in the order of the pages.</param>
internal sealed class PageSums(IReadOnlyList<PageExtent> extents, PageFile file, IReadOnlyList<PageSums.Section> sections)
{
    private const int PageSize = GuestMemory.PageSize;

    /// <summary>Reads the pages and compares.</summary>
    /// <exception cref="InvalidDataException">A page is not what was written.</exception>
    internal void Verify() => Verify(extents, Read());

    /// <summary>Reads pages and compares them with checksums.</summary>
    /// <exception cref="InvalidDataException">A page is not what was written.</exception>
    internal static void Verify(IEnumerable<PageExtent> extents, IEnumerable<uint[]> sums)
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
