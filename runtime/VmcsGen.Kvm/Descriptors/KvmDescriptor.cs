using System;
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
    /// <exception cref="KvmException">The ioctl failed.</exception>
    internal int Ioctl(uint request, nuint argument)
    {
        int result = TryIoctl(request, argument);
        return result >= 0 ? result : throw Failure(request, (Errno)(-result));
    }

    internal int Ioctl(uint request, void* argument) => Ioctl(request, (nuint)argument);

    /// <summary>The same, of which a reader must be told what it was about. That is put into words only if the ioctl fails.</summary>
    internal int Ioctl<TSubject>(uint request, void* argument, TSubject subject, Func<TSubject, string> describe)
    {
        int result = TryIoctl(request, (nuint)argument);
        return result >= 0 ? result : throw Failure(request, (Errno)(-result), describe(subject));
    }

    /// <summary>Issues an ioctl and returns what the kernel returns: a result, or a negated errno.</summary>
    internal int TryIoctl(uint request, nuint argument)
    {
        // Not in a try block, from which the JIT calls native code by way of a stub: there is nothing in between that throws.
        bool added = false;
        DangerousAddRef(ref added);
        int result = Libc.Ioctl((int)handle, request, argument);
        if (result < 0)
            result = -(int)Libc.LastErrno;
        DangerousRelease();
        return result;
    }

    /// <summary>An ioctl's failure, with the missing capability where that explains it.</summary>
    internal KvmException Failure(uint request, Errno errno, string? subject = null) =>
        KvmException.OfIoctl(request, errno, subject, KvmCapabilityLookup.AnnouncementOf(request) is { } capability && Lacks(capability) ? capability : null);

    /// <summary>Asks for a capability: 0 if it is absent, a negated errno if that cannot be asked.</summary>
    protected virtual int TryCheck(KvmCapability capability) => TryIoctl(KvmIoctl.KVM_CHECK_EXTENSION, (nuint)capability);

    // Only an answer counts: the descriptor may be of a kind, or in a state, in which it cannot be asked.
    private bool Lacks(KvmCapability capability) => !IsClosed && TryCheck(capability) == 0;

    protected override bool ReleaseHandle() => handle < 0 || Libc.Close((int)handle) == 0;
}
