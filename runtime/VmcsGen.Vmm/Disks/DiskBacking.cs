using System;
using System.IO;

namespace VmcsGen.Vmm;

/// <summary>
/// What holds the bytes of a disk: a file, a file with an overlay, or something of one's own. A device uses it from one thread at a time
/// and asks for nothing beyond <see cref="Length"/>.
/// </summary>
[MustDispose]
public abstract class DiskBacking : IDisposable
{
    /// <summary>What messages call it, and the guest may ask for.</summary>
    public abstract string Name { get; }

    /// <summary>Bytes of the disk.</summary>
    public abstract ulong Length { get; }

    /// <summary>Whether it can only be read.</summary>
    public abstract bool IsReadOnly { get; }

    /// <summary>Reads bytes.</summary>
    /// <param name="offset">Where they begin.</param>
    /// <param name="destination">Receives all of them.</param>
    /// <exception cref="IOException">They cannot be read.</exception>
    public abstract void Read(ulong offset, Span<byte> destination);

    /// <summary>Writes bytes. They last over a crash when <see cref="Flush"/> has returned.</summary>
    /// <param name="offset">Where they go.</param>
    /// <param name="source">The bytes.</param>
    /// <exception cref="IOException">They cannot be written; any part of them may have been.</exception>
    public abstract void Write(ulong offset, ReadOnlySpan<byte> source);

    /// <summary>Makes everything last that was written.</summary>
    /// <exception cref="IOException">It cannot be. What does not last is not known.</exception>
    public abstract void Flush();

    /// <summary>Makes bytes 0.</summary>
    /// <param name="offset">Where they begin.</param>
    /// <param name="length">How many.</param>
    /// <param name="mayUnmap">Whether their room may be given back.</param>
    /// <exception cref="IOException">They cannot be written; any part of them may have been.</exception>
    public abstract void WriteZeroes(ulong offset, ulong length, bool mayUnmap);

    /// <summary>Gives room back that is not needed: bytes there become 0 or stay what they are.</summary>
    /// <param name="offset">Where they begin.</param>
    /// <param name="length">How many.</param>
    /// <exception cref="IOException">The disk cannot be written.</exception>
    public abstract void Discard(ulong offset, ulong length);

    /// <summary>Closes what belongs to it, without waiting until what was written lasts.</summary>
    public void Dispose()
    {
        Dispose(isDisposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes what belongs to it.</summary>
    /// <param name="isDisposing">Always true: nothing here has a finalizer.</param>
    protected abstract void Dispose(bool isDisposing);
}
