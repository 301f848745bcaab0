using System;
using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Kvm.Tests.State;

/// <summary>
/// Memories and their differences as docs/snapshot-format.md has them, made and read without the code that is tested. A page is one byte,
/// repeated.
/// </summary>
internal sealed class DifferenceModel
{
    private const int Page = 4096;

    private readonly List<(uint Memory, ulong First, ulong Count, ulong Place)> _extents = [];
    private readonly Dictionary<ulong, byte> _bytes = []; // By place.

    public Guid Id { get; set; } = Guid.NewGuid();

    public Guid BaseId { get; init; }

    /// <summary>Pages of each memory.</summary>
    public int[] Sizes { get; set; } = [8, 4];

    /// <summary>Which memory each slot maps.</summary>
    public uint[] Slots { get; set; } = [0, 1];

    /// <summary>A whole state: of the first memory pages 1 to 4 hold 1 to 4, of the second page 2 holds 5.</summary>
    public static DifferenceModel CreateBase()
    {
        DifferenceModel model = new() { Id = new Guid(1, 2, 3, [4, 5, 6, 7, 8, 9, 10, 11]) };
        model.Add(0, first: 1, [1, 2, 3, 4], place: 1);
        model.Add(1, first: 2, [5], place: 2);
        return model;
    }

    /// <summary>Differences to some of the pages, at places that each lie in a DATA of their memory.</summary>
    public static DifferenceModel Random(DifferenceModel before, Random random)
    {
        var model = before.Next();
        for (var memory = 0; memory < model.Sizes.Length; memory++)
        {
            var size = model.Sizes[memory];
            for (var page = random.Next(3); page < size; )
            {
                var count = random.Next(1, Math.Min(4, size - page + 1));
                if (random.Next(4) == 0)
                    model.AddZeros((uint)memory, (ulong)page, (ulong)count);
                else
                    model.Add(
                        (uint)memory,
                        (ulong)page,
                        [.. new byte[count].Select(_ => (byte)random.Next(1, 256))],
                        random.Next(size - count + 1)
                    );
                page += count + random.Next(3);
            }
        }
        return model;
    }

    /// <summary>Differences to this, none so far.</summary>
    public DifferenceModel Next() => new() { BaseId = Id };

    /// <summary>Pages of a memory, which stand in its DATA from a page on.</summary>
    public void Add(uint memory, ulong first, byte[] pages, int place)
    {
        AddAt(memory, first, (ulong)pages.Length, PlaceOf((int)memory, (ulong)place));
        foreach (var (i, fill) in pages.Index())
            _bytes[PlaceOf((int)memory, (ulong)(place + i))] = fill;
    }

    public void AddZeros(uint memory, ulong first, ulong count) => AddAt(memory, first, count, place: 0);

    public void AddAt(uint memory, ulong first, ulong count, ulong place) => _extents.Add((memory, first, count, place));

    /// <summary>Where in the file a page of DATA stands: what comes before it, and between two DATA, takes a part of a page.</summary>
    public ulong PlaceOf(int memory, ulong page) => (ulong)Page * ((ulong)(Sizes[..memory].Sum() + memory + 1) + page);

    public byte[] ToFile(Action<List<(string Tag, byte[] Content)>>? change = null)
    {
        List<(string Tag, byte[] Content)> sections = [("IDEN", [.. Id.ToByteArray(), .. BaseId.ToByteArray()])];
        for (var memory = 0; memory < Sizes.Length; memory++)
        {
            sections.Add(("MEM ", BitConverter.GetBytes((ulong)Sizes[memory] * Page)));
            var data = new byte[Sizes[memory] * Page];
            for (var page = 0; page < Sizes[memory]; page++)
                data.AsSpan(page * Page, Page).Fill(_bytes.GetValueOrDefault(PlaceOf(memory, (ulong)page)));
            sections.Add(("DATA", data));
        }
        sections.Add(
            (
                "EXTS",
                [.. _extents.SelectMany(static extent => SnapshotBytes.Extent(extent.Memory, extent.First, extent.Count, extent.Place))]
            )
        );
        sections.Add(("SUMS", [.. _extents.Where(static extent => extent.Place != 0).SelectMany(SumsOf)]));
        foreach (var (number, memory) in Slots.Index())
        {
            sections.Add(
                (
                    "SLOT",
                    [
                        .. BitConverter.GetBytes(number),
                        .. new byte[4],
                        .. BitConverter.GetBytes((ulong)number << 20),
                        .. BitConverter.GetBytes(memory),
                        .. new byte[4],
                    ]
                )
            );
        }
        change?.Invoke(sections);
        return SnapshotBytes.File([.. sections]);
    }

    /// <summary>What the memories that slots map hold by a file of differences to a state.</summary>
    public static IReadOnlyList<byte[]> Expect(DifferenceModel before, byte[] file) => Contents(Contents([], before.ToFile()), file);

    private static List<byte[]> Contents(List<byte[]> before, byte[] file)
    {
        var sections = SnapshotBytes.Sections(file).ToArray();
        var sizes = sections
            .Where(static section => section.Tag == "MEM ")
            .Select(section => BitConverter.ToUInt64(file, section.Start))
            .ToArray();
        var order = sections
            .Where(static section => section.Tag == "SLOT")
            .Select(section => (int)BitConverter.ToUInt32(file, section.Start + 16))
            .Distinct()
            .ToArray();
        List<byte[]> memories = [.. order.Select((memory, i) => i < before.Count ? (byte[])before[i].Clone() : new byte[sizes[memory]])];
        foreach (var (_, start, length) in sections.Where(static section => section.Tag == "EXTS"))
        {
            for (var at = start; at < start + length; at += 32)
            {
                var memory = Array.IndexOf(order, BitConverter.ToInt32(file, at));
                if (memory < 0)
                    continue;
                var bytes = memories[memory].AsSpan(checked((int)BitConverter.ToUInt64(file, at + 8) * Page));
                bytes = bytes[..checked((int)BitConverter.ToUInt64(file, at + 16) * Page)];
                var place = checked((int)BitConverter.ToUInt64(file, at + 24));
                if (place == 0)
                    bytes.Clear();
                else
                    file.AsSpan(place, bytes.Length).CopyTo(bytes);
            }
        }
        return memories;
    }

    private IEnumerable<byte> SumsOf((uint Memory, ulong First, ulong Count, ulong Place) extent)
    {
        // Of a count that cannot be, the file is refused before its checksums are looked at.
        for (ulong page = 0; page < Math.Min(extent.Count, 16); page++)
        {
            var fill = _bytes.GetValueOrDefault(extent.Place + page * Page);
            foreach (var one in BitConverter.GetBytes(SnapshotBytes.Crc32C(Enumerable.Repeat(fill, Page).ToArray())))
                yield return one;
        }
    }
}
