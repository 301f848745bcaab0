using System;
using System.Collections.Generic;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Software;

/// <summary>
/// Physical memory from address 0 on, in managed memory. Only pages that were written take space. What was never
/// written is 0.
/// </summary>
public sealed class PhysicalMemory : IPhysicalMemory
{
    private readonly Dictionary<ulong, byte[]> _pages = [];

    /// <summary>New memory, all zero.</summary>
    /// <param name="size">Bytes, a multiple of 4096.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is 0 or no multiple of 4096.</exception>
    public PhysicalMemory(ulong size)
    {
        if (size == 0 || size % VmxPage.Size != 0)
            throw new ArgumentOutOfRangeException(
                nameof(size),
                size,
                $"Physical memory comes in pages: give a multiple of {VmxPage.Size} bytes."
            );
        Size = size;
    }

    /// <summary>Bytes of the memory; the first address behind it.</summary>
    public ulong Size { get; }

    /// <summary>Pages that were written, and so take space.</summary>
    public int PageCount => _pages.Count;

    /// <inheritdoc/>
    public void Read(ulong physicalAddress, Span<byte> destination)
    {
        PhysicalAddresses.Check(physicalAddress, destination.Length, Size);
        while (!destination.IsEmpty)
        {
            var (number, offset, length) = Split(physicalAddress, destination.Length);
            if (_pages.TryGetValue(number, out var page))
                page.AsSpan(offset, length).CopyTo(destination);
            else
                destination[..length].Clear();
            destination = destination[length..];
            physicalAddress += (ulong)length;
        }
    }

    /// <inheritdoc/>
    public void Write(ulong physicalAddress, ReadOnlySpan<byte> source)
    {
        PhysicalAddresses.Check(physicalAddress, source.Length, Size);
        while (!source.IsEmpty)
        {
            var (number, offset, length) = Split(physicalAddress, source.Length);
            if (!_pages.TryGetValue(number, out var page))
                _pages.Add(number, page = new byte[VmxPage.Size]);
            source[..length].CopyTo(page.AsSpan(offset));
            source = source[length..];
            physicalAddress += (ulong)length;
        }
    }

    private static (ulong Number, int Offset, int Length) Split(ulong address, int length)
    {
        var offset = (int)(address % VmxPage.Size);
        return (address / VmxPage.Size, offset, Math.Min(length, VmxPage.Size - offset));
    }
}
