using System;
using System.Collections.Generic;
using System.IO;

namespace VmcsGen.Kvm;

/// <summary>
/// Pages on their way from a memory to a file, without a copy in between. Those whose places follow each other go by one system call.
/// </summary>
internal sealed class PageBatch : IDisposable
{
    // Each call costs time, and so do pages that have left the processor's cache between the checksum and the copy.
    private const int MostBytes = 0x10_0000;

    private readonly GuestMemory _memory;
    private readonly PageFile _file;
    private readonly List<PageRange> _ranges = [];
    private readonly List<ReadOnlyMemory<byte>> _parts = [];
    private readonly bool _isHeld;
    private MappedWindow? _window;
    private ulong _place; // Of the first page.
    private int _length;

    /// <param name="memory">The memory, which stays mapped meanwhile.</param>
    /// <param name="file">The file.</param>
    internal PageBatch(GuestMemory memory, PageFile file)
    {
        (_memory, _file) = (memory, file);
        memory.Mapping.DangerousAddRef(ref _isHeld);
    }

    /// <summary>Adds a page, and writes those before it if it cannot go with them.</summary>
    /// <param name="offset">Where it is in the memory.</param>
    /// <param name="place">Where in the file it is to stand.</param>
    /// <exception cref="IOException">There is no room for those before it.</exception>
    internal void Add(ulong offset, ulong place)
    {
        if (_length == MostBytes || place != _place + (ulong)_length)
            Flush();
        if (_length == 0)
            _place = place;
        var end = offset + GuestMemory.PageSize;
        if (_ranges.Count != 0 && _ranges[^1].End == offset)
            _ranges[^1] = _ranges[^1] with { End = end };
        else
            _ranges.Add(new(offset, end));
        _length += GuestMemory.PageSize;
    }

    /// <summary>Writes what was added.</summary>
    /// <exception cref="IOException">There is no room for it.</exception>
    internal void Flush()
    {
        foreach (var range in _ranges)
        {
            if (_window is null || !_window.Covers(range))
                _window = new(_memory, range.Start);
            _parts.Add(_window.Of(range));
        }
        if (_parts.Count != 0)
            _file.Write(_place, _parts);
        _parts.Clear();
        _ranges.Clear();
        _length = 0;
    }

    /// <summary>Gives the memory free. What was added and not written is not written.</summary>
    public void Dispose()
    {
        if (_isHeld)
            _memory.Mapping.DangerousRelease();
    }
}
