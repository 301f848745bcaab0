using System;
using System.Runtime.InteropServices;
using System.Threading;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

/// <summary>
/// A counter inside the kernel that one side adds to and the other waits for: how KVM is told of an interrupt
/// (<see cref="KvmVm.Irqfd"/>) and how it tells of a write by the guest (<see cref="KvmVm.Ioeventfd"/>). May be used from
/// several threads. Source: eventfd(2).
/// </summary>
[MustDispose]
public sealed unsafe class Eventfd : SafeHandle
{
    /// <summary>Makes an object that owns no eventfd, for interop; <see cref="Create"/> makes one that does.</summary>
    public Eventfd()
        : base(-1, ownsHandle: true) { }

    /// <inheritdoc/>
    public override bool IsInvalid => handle < 0;

    /// <summary>Creates an eventfd.</summary>
    /// <param name="initialValue">The counter to begin with.</param>
    /// <param name="isSemaphore">Whether each read takes 1 from the counter instead of all of it.</param>
    /// <exception cref="KvmException">The process or the system has too many open files.</exception>
    public static Eventfd Create(uint initialValue = 0, bool isSemaphore = false)
    {
        FailurePath.Prepare();
        var eventfd = new Eventfd(); // The object first, so that no descriptor is ever without owner.
        int flags = Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK | (isSemaphore ? Libc.EFD_SEMAPHORE : 0);
        int descriptor = Libc.Eventfd(initialValue, flags);
        if (descriptor < 0)
            throw new KvmException("eventfd", Libc.LastErrno);
        eventfd.SetHandle(descriptor);
        return eventfd;
    }

    /// <summary>Adds to the counter.</summary>
    /// <param name="count">How much; at most 2^64 - 2.</param>
    /// <exception cref="KvmException">
    /// <see cref="Errno.EAGAIN"/>: the counter would go beyond 2^64 - 2. <see cref="Errno.EINVAL"/>: the amount is 2^64 - 1.
    /// </exception>
    public void Signal(ulong count = 1)
    {
        using var descriptor = new HeldDescriptor(this);
        while (Libc.Write(descriptor.Number, &count, sizeof(ulong)) < 0)
        {
            if (Libc.LastErrno != Errno.EINTR)
                throw new KvmException("write to an eventfd", Libc.LastErrno);
        }
    }

    /// <summary>Takes the counter, if it is not 0, and sets it to 0; a semaphore gives 1 and keeps the rest.</summary>
    /// <param name="count">What was taken.</param>
    /// <returns>False if the counter is 0.</returns>
    /// <exception cref="KvmException">The descriptor cannot be read.</exception>
    public bool TryRead(out ulong count)
    {
        using var descriptor = new HeldDescriptor(this);
        ulong value = 0;
        while (Libc.Read(descriptor.Number, &value, sizeof(ulong)) < 0)
        {
            Errno errno = Libc.LastErrno;
            if (errno == Errno.EAGAIN)
            {
                count = 0;
                return false;
            }
            if (errno != Errno.EINTR)
                throw new KvmException("read of an eventfd", errno);
        }
        count = value;
        return true;
    }

    /// <summary>Waits until the counter is not 0, and leaves it as it is.</summary>
    /// <param name="timeout">For how long; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="cancellationToken">Ends the wait when it is cancelled. A counter that is not 0 comes first.</param>
    /// <returns>False if the time was over first.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    /// <exception cref="KvmException">The descriptor cannot be waited for.</exception>
    public bool Wait(TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        if (!cancellationToken.CanBeCanceled)
            return Wait(timeout, -1, default);
        // poll(2) waits for descriptors, so the token gets one.
        using Eventfd cancelled = Create();
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
            static eventfd => ((Eventfd)eventfd!).Signal(),
            cancelled
        );
        using var held = new HeldDescriptor(cancelled);
        return Wait(timeout, held.Number, cancellationToken);
    }

    private bool Wait(TimeSpan timeout, int cancellation, CancellationToken cancellationToken)
    {
        using var descriptor = new HeldDescriptor(this);
        bool isEndless = timeout == Timeout.InfiniteTimeSpan;
        long end = Environment.TickCount64 + (long)Math.Ceiling(timeout.TotalMilliseconds);
        while (true)
        {
            int left = isEndless ? -1 : (int)Math.Clamp(end - Environment.TickCount64, 0, int.MaxValue);
            int ready = Libc.Poll(descriptor.Number, cancellation, Libc.POLLIN, left, out bool isFirstReady);
            if (isFirstReady)
                return true;
            if (ready > 0)
                cancellationToken.ThrowIfCancellationRequested();
            if (ready < 0 && Libc.LastErrno != Errno.EINTR)
                throw new KvmException("poll", Libc.LastErrno);
            if (ready == 0 && left is not int.MaxValue)
                return false;
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Libc.Close((int)handle) == 0;
}
