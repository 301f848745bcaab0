using System;

namespace VmcsGen.Kvm;

public sealed unsafe partial class GuestMemory
{
    /// <summary>A part of the memory that is kept as long as the view is referred to, with accesses that cost least.</summary>
    /// <param name="offset">Where it begins, in bytes from the start of this memory.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">It does not lie within the memory.</exception>
    public GuestMemoryView CreateView(ulong offset, ulong length)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (length > Size || offset > Size - length)
        {
            throw new ArgumentOutOfRangeException(
                nameof(offset),
                offset,
                $"0x{length:X} bytes at offset 0x{offset:X} do not lie within guest memory of 0x{Size:X} bytes."
            );
        }
        return ViewMapped(offset, length);
    }

    /// <summary>The same for a range that lies within, also of memory that was disposed of and that a VM maps still.</summary>
    internal GuestMemoryView ViewMapped(ulong offset, ulong length)
    {
        Supply?.Require(offset, length);
        return new GuestMemoryView(Mapping, offset, length);
    }
}
