using System;
using System.IO;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace VmcsGen.Vmm;

/// <summary>Accesses to files of disks that .NET has not, or not whole.</summary>
internal static unsafe partial class DiskFile
{
    private const string Library = "libc.so.6";
    private const uint CloseOnExec = 1; // MFD_CLOEXEC (linux/memfd.h)
    private const int Interrupted = 4; // EINTR
    private static readonly byte[] s_zeros = new byte[1 << 16];

    /// <summary>Reads all of the bytes.</summary>
    /// <exception cref="IOException">The file is shorter, or cannot be read.</exception>
    internal static void Read(SafeFileHandle file, ulong offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            var length = RandomAccess.Read(file, destination, (long)offset);
            if (length == 0)
                throw new EndOfStreamException($"The file became shorter: it has nothing at 0x{offset:X}.");
            destination = destination[length..];
            offset += (uint)length;
        }
    }

    /// <summary>Makes bytes 0: by the file system if it can, or by writing.</summary>
    /// <exception cref="IOException">They cannot be written.</exception>
    internal static void WriteZeroes(SafeFileHandle file, ulong offset, ulong length, bool mayUnmap)
    {
        var how = mayUnmap ? FileAllocation.PunchHole : FileAllocation.ZeroRange;
        if (TryAllocate(file, how | FileAllocation.KeepSize, offset, length))
            return;
        while (length > 0)
        {
            var chunk = s_zeros.AsSpan(0, (int)Math.Min(length, (ulong)s_zeros.Length));
            RandomAccess.Write(file, chunk, (long)offset);
            offset += (uint)chunk.Length;
            length -= (uint)chunk.Length;
        }
    }

    /// <summary>Gives room back, if the file system can.</summary>
    internal static void Discard(SafeFileHandle file, ulong offset, ulong length) =>
        _ = TryAllocate(file, FileAllocation.PunchHole | FileAllocation.KeepSize, offset, length);

    /// <summary>A file without name, in memory.</summary>
    /// <exception cref="IOException">The process or the system has too many open files.</exception>
    internal static SafeFileHandle CreateInMemory()
    {
        var descriptor = MemfdCreate("disk overlay", CloseOnExec);
        return descriptor >= 0
            ? new(descriptor, ownsHandle: true)
            : throw new IOException($"memfd_create failed: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");
    }

    private static bool TryAllocate(SafeFileHandle file, FileAllocation how, ulong offset, ulong length)
    {
        if (length == 0)
            return true;
        var isHeld = false;
        try
        {
            file.DangerousAddRef(ref isHeld);
            while (true)
            {
                if (Allocate((int)file.DangerousGetHandle(), (int)how, (nint)offset, (nint)length) == 0)
                    return true;
                if (Marshal.GetLastPInvokeError() != Interrupted)
                    return false;
            }
        }
        finally
        {
            if (isHeld)
                file.DangerousRelease();
        }
    }

    [LibraryImport(Library, EntryPoint = "fallocate", SetLastError = true)]
    private static partial int Allocate(int descriptor, int mode, nint offset, nint length);

    [LibraryImport(Library, EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MemfdCreate(string name, uint flags);
}
