using System;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace VmcsGen.Kvm.Interop;

/// <summary>Takes descriptors that ioctls return into the caller's ownership.</summary>
internal static unsafe class OwnedDescriptor
{
    /// <summary>Issues an ioctl that returns a descriptor.</summary>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    internal static SafeFileHandle Of(KvmDescriptor owner, uint request, void* argument = null) =>
        Of(owner, request, argument, 0, describe: null);

    /// <summary>Calls an ioctl whose failure names a subject. The subject is put into words only if the ioctl fails.</summary>
    internal static SafeFileHandle Of<TSubject>(
        KvmDescriptor owner,
        uint request,
        void* argument,
        TSubject subject,
        Func<TSubject, string>? describe
    )
    {
        var descriptor = new SafeFileHandle(); // The object first, so that no descriptor is ever without owner.
        try
        {
            Marshal.InitHandle(
                descriptor,
                describe is null ? owner.Ioctl(request, argument) : owner.Ioctl(request, argument, subject, describe)
            );
            return descriptor;
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }
    }
}
