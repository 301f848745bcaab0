using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using Microsoft.Win32.SafeHandles;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

/// <summary>
/// A file that pages of memories are kept in: a snapshot, or one without a name that goes with the last who uses it. It may be used
/// from several threads.
/// </summary>
internal sealed class PageFile : IDisposable
{
    // Descriptors are scarce, and the collector knows nothing of them.
    private const long MemoryPressure = 0x4_0000;

    private readonly SafeFileHandle _handle;
    private int _users = 1;

    /// <param name="handle">The file, which belongs to the object from now on.</param>
    internal PageFile(SafeFileHandle handle)
    {
        _handle = handle;
        GC.AddMemoryPressure(MemoryPressure);
    }

    /// <summary>Lets the collector know that the descriptor goes.</summary>
    ~PageFile() => GC.RemoveMemoryPressure(MemoryPressure);

    /// <summary>The descriptor.</summary>
    internal SafeFileHandle Handle => _handle;

    /// <summary>An empty file in memory, without a name in any folder.</summary>
    /// <exception cref="KvmException">The host has no descriptor for it.</exception>
    internal static PageFile CreateAnonymous()
    {
        var handle = new SafeFileHandle();
        var descriptor = Libc.CreateMemoryFile("vm-state", Libc.MFD_CLOEXEC);
        if (descriptor < 0)
            throw new KvmException("memfd_create", Libc.LastErrno, "memory of a VM's state");
        Marshal.InitHandle(handle, descriptor);
        return new(handle);
    }

    /// <summary>Makes the file reach to a place at least; what nobody writes are zeros, and take no room.</summary>
    internal void Extend(ulong length)
    {
        using var held = new HeldDescriptor(_handle);
        if (Libc.LengthOf(held.Number) < length && Libc.SetLength(held.Number, length) < 0)
            throw new KvmException("ftruncate", Libc.LastErrno, $"0x{length:X} bytes of a VM's state");
    }

    /// <summary>Copies bytes into the file, also straight from memory that guests have.</summary>
    /// <exception cref="IOException">There is no room for them.</exception>
    internal void Write(ulong offset, ReadOnlySpan<byte> bytes) => RandomAccess.Write(_handle, bytes, (long)offset);

    /// <summary>Copies several parts into the file, one after the other.</summary>
    /// <exception cref="IOException">There is no room for them.</exception>
    internal void Write(ulong offset, IReadOnlyList<ReadOnlyMemory<byte>> parts) => RandomAccess.Write(_handle, parts, (long)offset);

    /// <summary>Copies bytes out of the file, also straight into memory that guests have.</summary>
    /// <exception cref="InvalidDataException">Somebody has made the file shorter meanwhile.</exception>
    internal void Read(ulong offset, Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var read = RandomAccess.Read(_handle, bytes, (long)offset);
            if (read == 0)
                throw new InvalidDataException($"The file ends at byte {offset}, and had more when it was opened: it was made shorter.");
            offset += (ulong)read;
            bytes = bytes[read..];
        }
    }

    /// <summary>Keeps the file for one more user, who disposes of it too.</summary>
    internal PageFile Share()
    {
        Interlocked.Increment(ref _users);
        return this;
    }

    /// <summary>Closes the file when the last user has called it. Mappings of it stay.</summary>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref _users) != 0)
            return;
        _handle.Dispose();
        GC.RemoveMemoryPressure(MemoryPressure);
        GC.SuppressFinalize(this);
    }
}
