using System;

namespace VmcsGen.Kvm;

/// <summary>
/// The contents of a <see cref="GuestMemory"/> at one moment. They lie in a file: the snapshot that they were loaded from, or one without
/// a name. Pages of zeros take no room.
/// </summary>
public sealed class MemoryState : IPageSource
{
    internal MemoryState(SavedPages pages) => Pages = pages;

    /// <summary>Size of the memory in bytes.</summary>
    public ulong Size => Pages.Size;

    /// <summary>Number of pages of 4 KiB that are kept, since they do not hold just zeros.</summary>
    public ulong KeptPages => Pages.KeptPages;

    /// <summary>Whether the contents are here; false after <see cref="VmState.SaveWithoutMemory"/>.</summary>
    public bool HasContents => !Pages.IsAway;

    /// <summary>Where the contents are.</summary>
    internal SavedPages Pages { get; set; }

    /// <summary>Copies bytes out of the memory as it was.</summary>
    /// <param name="offset">Where they begin, in bytes from the start of the memory.</param>
    /// <param name="destination">Receives them; its length says how many.</param>
    /// <exception cref="ArgumentOutOfRangeException">They do not lie within the memory.</exception>
    /// <exception cref="InvalidOperationException">The state was saved without them.</exception>
    /// <exception cref="ObjectDisposedException">The state was disposed of.</exception>
    public void Read(ulong offset, Span<byte> destination)
    {
        if ((ulong)destination.Length > Size || offset > Size - (ulong)destination.Length)
        {
            throw new ArgumentOutOfRangeException(
                nameof(offset),
                offset,
                $"{destination.Length} bytes at offset 0x{offset:X} do not lie within memory of 0x{Size:X} bytes."
            );
        }
        Pages.Read(offset, destination);
    }
}
