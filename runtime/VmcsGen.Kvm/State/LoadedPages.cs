using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

/// <summary>
/// The memories of a snapshot that is being loaded. From a stream, and of version 1, their pages go into a file without a name; in a file
/// they stay where they are.
/// </summary>
internal sealed class LoadedPages : IDisposable
{
    private const ulong PageSize = GuestMemory.PageSize;

    // Of all memories together. Files can have 2^63 bytes.
    private const ulong MostMemory = 1ul << 62;

    private readonly SafeFileHandle? _source;
    private readonly List<Memory> _memories = [];
    private readonly List<PageSums.Section> _sections = [];
    private readonly List<uint[]> _sums = [];
    private PageFile? _file;
    private PageSums? _fileSums;
    private ulong _end; // Of the memories of version 1 in the file.
    private int _lastExtent; // The memory that the last extent belongs to.
    private ulong _pages; // That extents have.
    private ulong _summed; // That checksums were given for.

    /// <param name="file">The file that is loaded; null for a stream.</param>
    internal LoadedPages(SafeFileHandle? file) => _source = file;

    /// <summary>The snapshot that this one holds the differences to; empty if it holds all.</summary>
    internal Guid BaseId { get; private set; }

    internal Guid TakeIdentity(SnapshotReader reader)
    {
        var identity = reader.Get<IdentityRecord>();
        BaseId = identity.BaseId;
        return identity.Id;
    }

    /// <summary>Takes the size of a memory, whose pages follow. Its contents come with <see cref="Finish"/>.</summary>
    internal SavedPages Begin(SnapshotReader reader)
    {
        var size = reader.Get<ulong>();
        if (size == 0 || size % PageSize != 0 || size > SnapshotFormat.LargestMemory)
            throw reader.Wrong(
                $"0x{size:X} is not a size of memory, which is a multiple of {PageSize} up to 0x{SnapshotFormat.LargestMemory:X}"
            );
        if (size > MostMemory - _end)
            throw reader.Wrong("all memories together are larger than a file can be");
        _memories.Add(new(size, _end));
        _end += size;
        return new(size, []);
    }

    /// <summary>Takes a section of pages of version 1.</summary>
    internal void TakeFirstVersion(SnapshotReader reader)
    {
        var content = reader.Content;
        var length = content.Length - SnapshotFormat.PagesHeaderSize;
        if (length <= 0 || (ulong)length % PageSize != 0)
            throw reader.Wrong($"it has {content.Length} bytes, which is not {SnapshotFormat.PagesHeaderSize} and whole pages");
        var (index, reserved, first) = MemoryMarshal.Read<PagesRecord>(content);
        if (reserved != 0)
            throw reader.Wrong($"its reserved word is 0x{reserved:X}, not 0");
        var memory = MemoryAt(reader, index);
        var pages = RangeIn(reader, memory, first, (ulong)length / PageSize);
        var place = memory.Place + pages.Start;
        _file ??= PageFile.CreateAnonymous(); // In a file of this version they do not stand where they could be mapped.
        _file.Write(place, content[SnapshotFormat.PagesHeaderSize..]);
        memory.Add(new(pages, _file, place));
    }

    /// <summary>Is given pages of version 2 as they are read.</summary>
    internal void Take(long place, ReadOnlyMemory<byte> part)
    {
        for (var at = 0; at < part.Length; at += (int)PageSize)
        {
            var page = part.Span.Slice(at, Math.Min((int)PageSize, part.Length - at));
            if (page.ContainsAnyExcept((byte)0))
                File().Write((ulong)(place + at), page);
        }
    }

    /// <summary>Takes the end of a section of pages of version 2: they belong to the memory that began last.</summary>
    internal void TakeData(SnapshotReader reader)
    {
        var length = reader.Position - reader.Start;
        if (_memories.Count == 0 || _memories[^1].HasData || _memories[^1].IsAway)
            throw reader.Wrong("it does not follow the memory that its pages would belong to");
        if (length < 0 || (ulong)length % PageSize != 0)
            throw reader.Wrong("it does not hold whole pages");
        _memories[^1].SetData((ulong)reader.Start, (ulong)reader.Position);
        if (length != 0)
            File().Extend((ulong)reader.Position);
    }

    /// <summary>Takes that the pages of the memory that began last are somewhere else.</summary>
    internal void TakeAway(SnapshotReader reader)
    {
        if (_memories.Count == 0 || _memories[^1].HasData || _memories[^1].IsAway)
            throw reader.Wrong("it does not follow the memory whose pages would be elsewhere");
        if (BaseId != Guid.Empty)
            throw reader.Wrong("a snapshot of differences has the pages that differ");
        _memories[^1].IsAway = true;
    }

    internal void TakeExtents(SnapshotReader reader)
    {
        foreach (var extent in reader.GetAll<ExtentRecord>())
        {
            if (extent.Reserved != 0)
                throw reader.Wrong($"the reserved word of an extent is 0x{extent.Reserved:X}, not 0");
            var memory = MemoryAt(reader, extent.MemoryIndex);
            if (extent.MemoryIndex < _lastExtent)
                throw reader.Wrong($"an extent of memory {extent.MemoryIndex} follows one of memory {_lastExtent}");
            _lastExtent = (int)extent.MemoryIndex;
            var pages = RangeIn(reader, memory, extent.FirstPage, extent.PageCount);
            if (extent.Place == 0 && BaseId != Guid.Empty)
            {
                memory.Add(new(pages, null, 0));
                continue;
            }
            if (!memory.HasInData(extent.Place, pages.Length))
                throw reader.Wrong($"an extent at 0x{extent.Place:X} does not lie among the pages of its memory");
            memory.Add(new(pages, File(), extent.Place));
            _pages += pages.PageCount;
        }
    }

    internal void TakeSums(SnapshotReader reader)
    {
        var length = (ulong)(reader.Position - reader.Start);
        if (length % sizeof(uint) != 0)
            throw reader.Wrong($"it has {length} bytes, which is not a multiple of {sizeof(uint)}");
        _summed += length / sizeof(uint);
        if (reader.StepsOverPages)
            _sections.Add(new((ulong)reader.Start, (int)length));
        else
            _sums.Add(reader.GetAll<uint>());
    }

    /// <summary>The contents of the memories. Those of a stream were read already, and are looked at whether they are whole.</summary>
    internal IReadOnlyList<SavedPages> Finish(SnapshotReader reader)
    {
        if (reader.Version == SnapshotFormat.FirstVersion)
        {
            _file?.Extend(_end);
            return [.. _memories.Select(memory => memory.ToPages(_file, memory.Place))];
        }
        if (_summed != _pages)
            throw reader.Wrong($"there are {_pages} pages, and checksums of {_summed}");
        // Differences are not in their order in the file, but in that of another.
        SavedPages[] contents = [.. _memories.Select(memory => memory.ToPages(BaseId == Guid.Empty ? _file : null, memory.Place))];
        if (_source is null)
            PageSums.Verify(contents, _sums);
        else if (_file is not null)
            _fileSums = new(contents, _file, _sections);
        return contents;
    }

    /// <summary>Gives away the file, and its checksums; null if there is none, or what came from a stream was looked at.</summary>
    internal (PageFile? File, PageSums? Sums) Release()
    {
        var file = _file;
        _file = null;
        return (file, _fileSums);
    }

    public void Dispose() => _file?.Dispose();

    private PageFile File() => _file ??= _source is null ? PageFile.CreateAnonymous() : new PageFile(DescriptorCopy.Of(_source));

    private Memory MemoryAt(SnapshotReader reader, uint index) =>
        index < (uint)_memories.Count
            ? _memories[(int)index]
            : throw reader.Wrong($"it names memory {index}, and there were {_memories.Count} so far");

    private static PageRange RangeIn(SnapshotReader reader, Memory memory, ulong first, ulong count)
    {
        var room = memory.Size / PageSize;
        if (count == 0 || first < memory.End / PageSize || first > room || count > room - first)
        {
            throw reader.Wrong($"pages {first} to {first + count - 1} do not lie behind those before, within the memory's {room}");
        }
        return new(first * PageSize, (first + count) * PageSize);
    }

    /// <summary>A memory whose pages come.</summary>
    private sealed class Memory(ulong size, ulong place)
    {
        private ulong _dataEnd;

        internal ulong Size => size;

        /// <summary>Where its first page lies in the file, if all of it lies there in its order.</summary>
        internal ulong Place { get; private set; } = place;

        internal bool HasData { get; private set; }

        /// <summary>Whether the snapshot does not have its pages.</summary>
        internal bool IsAway { get; set; }

        internal List<PageExtent> Extents { get; } = [];

        /// <summary>Where the next pages may begin.</summary>
        internal ulong End => Extents.Count == 0 ? 0 : Extents[^1].Pages.End;

        internal void SetData(ulong start, ulong end) => (HasData, Place, _dataEnd) = (true, start, end);

        internal bool HasInData(ulong start, ulong length) =>
            HasData && start % PageSize == 0 && start >= Place && start <= _dataEnd && length <= _dataEnd - start;

        internal void Add(PageExtent extent) => Extents.Add(extent);

        internal SavedPages ToPages(PageFile? file, ulong start)
        {
            if (IsAway)
                return SavedPages.Away(size);
            var isWhole = file is not null && (!HasData || _dataEnd - start >= size);
            return new(size, Extents, isWhole ? (file!, start) : null);
        }
    }
}
