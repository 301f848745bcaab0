using System;
using System.IO;
using System.Runtime.InteropServices;

namespace VmcsGen.Vmm;

/// <summary>Reads and writes of descriptors that may not be ready.</summary>
internal static unsafe partial class Descriptor
{
    private const string Library = "libc.so.6";
    private const int Interrupted = 4; // EINTR
    private const int TryAgain = 11; // EAGAIN

    /// <summary>Reads once: the number of bytes, 0 at the end, -1 if there is nothing now.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    internal static int Read(SafeHandle handle, Span<byte> destination)
    {
        fixed (byte* first = destination)
            return Transfer(handle, first, destination.Length, isWrite: false);
    }

    /// <summary>Writes once: the number of bytes, -1 if there is no room now.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    internal static int Write(SafeHandle handle, ReadOnlySpan<byte> source)
    {
        fixed (byte* first = source)
            return Transfer(handle, first, source.Length, isWrite: true);
    }

    private static int Transfer(SafeHandle handle, byte* bytes, int length, bool isWrite)
    {
        var isHeld = false;
        try
        {
            handle.DangerousAddRef(ref isHeld);
            var number = (int)handle.DangerousGetHandle();
            while (true)
            {
                var count = isWrite ? WriteTo(number, bytes, (nuint)length) : ReadFrom(number, bytes, (nuint)length);
                if (count >= 0)
                    return (int)count;
                var errno = Marshal.GetLastPInvokeError();
                if (errno == TryAgain)
                    return -1;
                if (errno != Interrupted)
                    throw new IOException($"{(isWrite ? "write" : "read")} failed: {Marshal.GetPInvokeErrorMessage(errno)}.", errno);
            }
        }
        finally
        {
            if (isHeld)
                handle.DangerousRelease();
        }
    }

    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    private static partial nint ReadFrom(int descriptor, byte* bytes, nuint length);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteTo(int descriptor, byte* bytes, nuint length);
}
