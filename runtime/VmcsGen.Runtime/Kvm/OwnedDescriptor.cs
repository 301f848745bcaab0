using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace VmcsGen.Kvm;

/// <summary>Takes descriptors that ioctls return into the caller's ownership.</summary>
internal static unsafe class OwnedDescriptor
{
    /// <summary>Issues an ioctl that returns a descriptor.</summary>
    /// <exception cref="KvmException">The ioctl failed; <paramref name="subject"/> tells the reader what it was about.</exception>
    internal static SafeFileHandle Of(KvmDescriptor owner, uint request, void* argument = null, string? subject = null)
    {
        var descriptor = new SafeFileHandle(); // The object first, so that no descriptor is ever without owner.
        try
        {
            Marshal.InitHandle(descriptor, owner.Ioctl(request, argument, subject));
            return descriptor;
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }
    }
}
