using System;
using System.IO;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>
/// A file that a guest is made of: a kernel, an initial file system. Every access is checked against its length, and what lies beyond
/// gives an <see cref="ImageException"/> with the offset. A file on disk is read when it is needed, not held in memory.
/// </summary>
[MustDispose]
public sealed class ImageFile : IDisposable
{
    private const int ChunkSize = 1 << 20;

    private readonly SafeFileHandle? _handle;
    private readonly ReadOnlyMemory<byte> _content;

    private ImageFile(string name, SafeFileHandle? handle, ReadOnlyMemory<byte> content, ulong length)
    {
        Name = name;
        _handle = handle;
        _content = content;
        Length = length;
    }

    /// <summary>What messages call it.</summary>
    public string Name { get; }

    /// <summary>Its length in bytes.</summary>
    public ulong Length { get; }

    /// <summary>Opens a file.</summary>
    /// <param name="path">Its path.</param>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or is a directory.</exception>
    public static ImageFile Open(string path)
    {
        var handle = File.OpenHandle(path);
        try
        {
            return new(path, handle, default, (ulong)RandomAccess.GetLength(handle));
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Takes bytes for a file.</summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="content">The bytes; not copied.</param>
    public static ImageFile FromMemory(string name, ReadOnlyMemory<byte> content) => new(name, null, content, (ulong)content.Length);

    /// <summary>Copies bytes out of the file.</summary>
    /// <param name="offset">Where they begin.</param>
    /// <param name="destination">Receives them.</param>
    /// <param name="what">What they are, for the message.</param>
    /// <exception cref="ImageException">The file ends before them.</exception>
    public void Read(ulong offset, Span<byte> destination, string what)
    {
        Require(offset, (ulong)destination.Length, what);
        if (_handle is null)
        {
            _content.Span.Slice((int)offset, destination.Length).CopyTo(destination);
            return;
        }
        while (!destination.IsEmpty)
        {
            var length = RandomAccess.Read(_handle, destination, (long)offset);
            if (length == 0)
                throw new ImageException(Name, offset, $"The file became shorter while {what} was read.");
            destination = destination[length..];
            offset += (uint)length;
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _handle?.Dispose();

    /// <summary>Its name.</summary>
    public override string ToString() => Name;

    internal T Read<T>(ulong offset, string what)
        where T : unmanaged
    {
        Unsafe.SkipInit(out T value);
        Read(offset, MemoryMarshal.AsBytes(new Span<T>(ref value)), what);
        return value;
    }

    /// <summary>Copies a part of the file into guest memory.</summary>
    internal void CopyTo(GuestPhysicalMemory memory, ulong address, ulong offset, ulong length, string what)
    {
        Require(offset, length, what);
        var buffer = new byte[Math.Min(length, ChunkSize)];
        while (length > 0)
        {
            var chunk = buffer.AsSpan(0, (int)Math.Min(length, (ulong)buffer.Length));
            Read(offset, chunk, what);
            memory.Write(address, chunk);
            offset += (uint)chunk.Length;
            address += (uint)chunk.Length;
            length -= (uint)chunk.Length;
        }
    }

    internal ImageException Error(ulong offset, string problem) => new(Name, offset, problem);

    private void Require(ulong offset, ulong length, string what)
    {
        if (length > Length || offset > Length - length)
            throw new ImageException(Name, offset, $"{what} needs {length} bytes here, and the file has {Length} in all.");
    }
}
