using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace VmcsGen.Kvm.Interop;

/// <summary>Makes a second descriptor of a file, which is closed by itself.</summary>
internal static class DescriptorCopy
{
    /// <exception cref="KvmException">The process has no descriptor left.</exception>
    internal static SafeFileHandle Of(SafeFileHandle file)
    {
        var copy = new SafeFileHandle(); // The object first, so that no descriptor is ever without owner.
        using var held = new HeldDescriptor(file);
        var descriptor = Libc.Duplicate(held.Number);
        if (descriptor < 0)
            throw new KvmException("fcntl", Libc.LastErrno, "a second descriptor of the file");
        Marshal.InitHandle(copy, descriptor);
        return copy;
    }
}
