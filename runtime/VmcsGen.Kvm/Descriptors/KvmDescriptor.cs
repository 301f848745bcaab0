using System;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Threading;

namespace VmcsGen.Kvm.Interop;

/// <summary>Owns a KVM file descriptor. It is closed when it was disposed of or lost, and nothing refers to it any more.</summary>
internal unsafe class KvmDescriptor : SafeHandle
{
    private const int InterruptedAttempts = 8;

    private ConcurrentStack<SafeHandle>? _kept;

    /// <summary>Owns nothing until <see cref="Adopt"/>: the object is made first, so that no descriptor is ever without owner.</summary>
    internal KvmDescriptor()
        : base(-1, ownsHandle: true) { }

    // Never invalid: a handle whose descriptor could not be opened may have other things to release.
    public sealed override bool IsInvalid => false;

    /// <summary>
    /// What the collector is told that this holds, in bytes. Besides memory of the kernel's it is descriptors that run out: with so
    /// much for each, programs that drop their VMs have some dozens of them at a time, not thousands.
    /// </summary>
    protected virtual int MemoryPressure => 0x4_0000;

    /// <summary>What users know the object as, for exceptions.</summary>
    protected virtual Type PublicType => GetType();

    /// <summary>Tells why a call failed, where somebody knows more than the kernel says; set by who does.</summary>
    internal Func<Errno, string?>? Explain { get; set; }

    /// <exception cref="ObjectDisposedException">The descriptor was closed.</exception>
    internal void ThrowIfClosed() => ObjectDisposedException.ThrowIf(IsClosed, PublicType);

    /// <summary>Takes over a reference to what the kernel may use as long as the descriptor is open, such as memory.</summary>
    internal void Keep(SafeHandle held) =>
        (Volatile.Read(ref _kept) ?? Interlocked.CompareExchange(ref _kept, [], null) ?? _kept).Push(held);

    internal void Adopt(int descriptor)
    {
        SetHandle(descriptor);
        if (descriptor >= 0)
            GC.AddMemoryPressure(MemoryPressure);
    }

    /// <summary>Issues an ioctl; the descriptor cannot be closed meanwhile.</summary>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    internal int Ioctl(uint request, nuint argument)
    {
        var result = TryIoctl(request, argument);
        return result >= 0 ? result : throw Failure(request, (Errno)(-result), argument);
    }

    internal int Ioctl(uint request, void* argument) => Ioctl(request, (nuint)argument);

    /// <summary>Calls an ioctl whose failure names a subject. The subject is put into words only if the ioctl fails.</summary>
    internal int Ioctl<TSubject>(uint request, void* argument, TSubject subject, Func<TSubject, string> describe)
    {
        var result = TryIoctl(request, (nuint)argument);
        return result >= 0 ? result : throw Failure(request, (Errno)(-result), (nuint)argument, describe(subject));
    }

    /// <summary>Calls an ioctl of a project's own specs. The subject is put into words only if the ioctl fails.</summary>
    internal int Ioctl(IoctlInfo ioctl, nuint argument, Func<IoctlInfo, nuint, string?>? subject)
    {
        ArgumentNullException.ThrowIfNull(ioctl);
        var result = TryIoctl(ioctl.Request, argument);
        if (result >= 0)
            return result;
        var errno = (Errno)(-result);
        throw KvmException.OfIoctl(
            ioctl.Name,
            errno,
            subject?.Invoke(ioctl, argument),
            Missing(KvmCapabilityLookup.AnnouncementOf(ioctl), errno),
            ioctl.MeaningOf(errno)
        );
    }

    /// <summary>Issues an ioctl and returns what the kernel returns: a result, or a negated errno.</summary>
    internal int TryIoctl(uint request, nuint argument)
    {
        // Not in a try block, from which the JIT calls native code by way of a stub: there is nothing in between that throws.
        var added = false;
        DangerousAddRef(ref added);
        var result = Libc.Ioctl((int)handle, request, argument);
        if (result < 0)
            result = -(int)Libc.LastErrno;
        DangerousRelease();
        return result;
    }

    /// <summary>
    /// The same for an ioctl that a signal can interrupt before it has done anything, for example one of the .NET runtime's own.
    /// </summary>
    internal int TryUninterruptedIoctl(uint request, nuint argument)
    {
        int result;
        // With signals that come faster than the kernel can do its work, it would never be done.
        for (var attempt = 0; attempt < InterruptedAttempts; attempt++)
        {
            result = TryIoctl(request, argument);
            if (result != -(int)Errno.EINTR)
                return result;
        }
        var added = false;
        DangerousAddRef(ref added);
        result = Libc.IoctlUninterrupted((int)handle, request, argument);
        if (result < 0)
            result = -(int)Libc.LastErrno;
        DangerousRelease();
        return result;
    }

    /// <summary>
    /// The same for an ioctl that opens a descriptor. If there are none left, those that were forgotten are given back first.
    /// </summary>
    internal int TryOpeningIoctl(uint request, nuint argument)
    {
        var result = TryUninterruptedIoctl(request, argument);
        if (result is not (-(int)Errno.EMFILE or -(int)Errno.ENFILE))
            return result;
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return TryUninterruptedIoctl(request, argument);
    }

    /// <summary>An ioctl's failure, with the missing capability where that explains it.</summary>
    internal KvmException Failure(uint request, Errno errno, string? subject = null) =>
        KvmException.OfIoctl(request, errno, subject, Missing(request, errno), reason: null);

    /// <summary>Calls an ioctl whose failure says what is wrong with the argument, where that can be found out.</summary>
    private KvmException Failure(uint request, Errno errno, nuint argument, string? subject = null) =>
        KvmException.OfIoctl(request, errno, subject, Missing(request, errno), ReasonOf(request, errno, argument));

    /// <summary>What is wrong with an argument that the kernel has read and refused; null if that is not known.</summary>
    protected virtual string? ReasonOf(uint request, Errno errno, nuint argument) => null;

    // Only of a refusal that an ioctl can meet because KVM does not know it: some capabilities were announced later than their ioctls.
    private (KvmCapability, string)? Missing((KvmCapability Capability, string Name)? announcement, Errno errno) =>
        errno is Errno.ENOTTY or Errno.EINVAL or Errno.ENOSYS or Errno.EOPNOTSUPP or Errno.ENXIO or Errno.ENODEV or Errno.EPERM
        && announcement is { Capability: var capability }
        && Lacks(capability)
            ? announcement
            : null;

    private (KvmCapability, string)? Missing(uint request, Errno errno) => Missing(KvmCapabilityLookup.AnnouncementOf(request), errno);

    /// <summary>Asks for a capability: 0 if it is absent, a negated errno if that cannot be asked.</summary>
    protected virtual int TryCheck(KvmCapability capability) => TryIoctl(KvmIoctl.KVM_CHECK_EXTENSION, (nuint)capability);

    // Only an answer counts: the descriptor may be of a kind, or in a state, in which it cannot be asked.
    private bool Lacks(KvmCapability capability) => !IsClosed && TryCheck(capability) == 0;

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            base.Dispose(disposing);
            return;
        }
        Forgotten.Enter();
        base.Dispose(disposing);
        Forgotten.Leave();
    }

    protected override bool ReleaseHandle()
    {
        var closed = handle < 0 || Libc.Close((int)handle) == 0;
        if (handle >= 0)
            GC.RemoveMemoryPressure(MemoryPressure);
        // After the descriptor: what is kept must outlast the last moment at which the kernel could touch it.
        foreach (var held in _kept ?? [])
            held.DangerousRelease();
        return closed;
    }
}
