using System;
using System.Collections.Generic;
using Microsoft.Win32.SafeHandles;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

/// <summary>A file with holes, which hold zeros and take no room.</summary>
internal static class SparseFile
{
    private const ulong PageSize = GuestMemory.PageSize;

    /// <summary>
    /// The pages of a part of a file in which something stands, as offsets within the part. All that is left is one of them where the
    /// system does not tell, or the file was closed.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="offset">Where the part begins, at a page.</param>
    /// <param name="length">Its length, in whole pages; the file may end before it.</param>
    internal static IEnumerable<PageRange> Data(SafeFileHandle? file, ulong offset, ulong length)
    {
        for (ulong at = 0; at < length && Next(file, offset, at, length) is { } range; at = range.End)
            yield return range;
    }

    private static PageRange? Next(SafeFileHandle? file, ulong offset, ulong at, ulong length)
    {
        try
        {
            using var held = new HeldDescriptor(file);
            var data = Libc.Seek(held.Number, (long)(offset + at), Libc.SEEK_DATA);
            if (data < 0)
                return Libc.LastErrno == Errno.ENXIO ? null : new(at, length);
            var start = ((ulong)data - offset) / PageSize * PageSize;
            if (start >= length)
                return null;
            var hole = Libc.Seek(held.Number, data, Libc.SEEK_HOLE);
            return new(start, hole < 0 ? length : Math.Min(length, ((ulong)hole - offset + PageSize - 1) / PageSize * PageSize));
        }
        catch (ObjectDisposedException)
        {
            return new(at, length);
        }
    }
}
