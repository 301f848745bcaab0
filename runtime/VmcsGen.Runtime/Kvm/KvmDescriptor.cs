using System.Runtime.InteropServices;
using VmcsGen.Interop;

namespace VmcsGen.Kvm;

/// <summary>Owns a KVM file descriptor. It is closed when it was disposed of or lost, and nothing refers to it any more.</summary>
internal unsafe class KvmDescriptor : SafeHandle
{
    /// <summary>Owns nothing until <see cref="Adopt"/>: the object is made first, so that no descriptor is ever without owner.</summary>
    internal KvmDescriptor()
        : base(-1, ownsHandle: true)
    {
    }

    // Never invalid: a handle whose descriptor could not be opened may have other things to release.
    public sealed override bool IsInvalid => false;

    internal void Adopt(int descriptor) => SetHandle(descriptor);

    /// <summary>Issues an ioctl; the descriptor cannot be closed meanwhile.</summary>
    /// <exception cref="KvmException">The ioctl failed; <paramref name="subject"/> tells the reader what it was about.</exception>
    internal int Ioctl(uint request, nuint argument, string? subject = null)
    {
        int result = TryIoctl(request, argument);
        return result >= 0 ? result : throw KvmException.OfIoctl(request, (Errno)(-result), subject);
    }

    internal int Ioctl(uint request, void* argument, string? subject = null) => Ioctl(request, (nuint)argument, subject);

    /// <summary>Issues an ioctl and returns what the kernel returns: a result, or a negated errno.</summary>
    internal int TryIoctl(uint request, nuint argument)
    {
        bool added = false;
        try
        {
            DangerousAddRef(ref added);
            int result = Libc.Ioctl((int)handle, request, argument);
            return result >= 0 ? result : -(int)Libc.LastErrno;
        }
        finally
        {
            if (added)
                DangerousRelease();
        }
    }

    protected override bool ReleaseHandle() => handle < 0 || Libc.Close((int)handle) == 0;
}
