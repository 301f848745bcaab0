using System;
using System.Collections.Generic;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>Another memory with pages of its own over it: what is written stays here.</summary>
/// <param name="beneath">Gives the other memory.</param>
internal sealed class OverlaidMemory(Func<IPhysicalMemory> beneath) : IPhysicalMemory
{
    private const int PageSize = FuzzMemory.PageSize;

    private readonly Dictionary<ulong, byte[]> _pages = [];

    public void Read(ulong physicalAddress, Span<byte> destination)
    {
        for (var done = 0; done < destination.Length; )
        {
            var address = physicalAddress + (uint)done;
            var offset = (int)(address % PageSize);
            var part = destination.Slice(done, Math.Min(destination.Length - done, PageSize - offset));
            if (_pages.TryGetValue(address - (uint)offset, out var page))
                page.AsSpan(offset, part.Length).CopyTo(part);
            else
                beneath().Read(address, part);
            done += part.Length;
        }
    }

    public void Write(ulong physicalAddress, ReadOnlySpan<byte> source)
    {
        for (var done = 0; done < source.Length; )
        {
            var address = physicalAddress + (uint)done;
            var offset = (int)(address % PageSize);
            var part = source.Slice(done, Math.Min(source.Length - done, PageSize - offset));
            part.CopyTo(OwnPage(address - (uint)offset).AsSpan(offset));
            done += part.Length;
        }
    }

    private byte[] OwnPage(ulong address)
    {
        if (!_pages.TryGetValue(address, out var page))
        {
            page = new byte[PageSize];
            beneath().Read(address, page);
            _pages.Add(address, page);
        }
        return page;
    }
}
