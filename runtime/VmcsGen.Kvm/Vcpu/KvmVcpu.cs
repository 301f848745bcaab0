using System;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

/// <summary>
/// A virtual CPU. One thread at a time runs it; any thread may kick it out of the guest or dispose of it.
/// Source: Documentation/virt/kvm/api.rst 4.7 and 5.
/// </summary>
/// <remarks>
/// KVM wants the ioctls of a vCPU on the thread that runs it; on another thread they wait until the vCPU leaves the guest.
/// A vCPU that is forgotten is released by the garbage collector, but for a copy of its run page if a span of or reference to that was
/// taken.
/// </remarks>
[MustDispose]
public sealed unsafe partial class KvmVcpu : IKvmDescriptor, IDisposable
{
    // _state is the id of the thread inside Run, 0 if there is none, and after Dispose has this bit too. It decides, in one
    // atomic step each: who may run, whom a kick must signal, and whether Dispose must wait for Run to end.
    private const int DisposedBit = int.MinValue;

    // How long a kick waits for room in the queue of signals.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private readonly KvmVcpuHandle _handle;
    private readonly KvmRun* _run;
    private readonly int _descriptor;
    private int _state;
    private long _generation;
    private HostThread? _lastRunner;
    private bool _holdsExit;
    private HostThread? _borrower;
    private int _hasOtherBorrowers;
    private MappingHandle? _replacedRunPage;

    internal KvmVcpu(KvmVcpuHandle handle, int id)
    {
        _handle = handle;
        _run = handle.RunPage;
        _descriptor = handle.Descriptor;
        RunPageSize = handle.RunPageSize;
        Id = id;
    }

    /// <summary>The vCPU's id, which is also its APIC id.</summary>
    public int Id { get; }

    /// <summary>
    /// The page shared with KVM: what to do at the next <see cref="Run()"/>, the state after the last, and the sync registers. Not
    /// to be used after Dispose on the same thread; after one on another thread, what it refers to is a copy of the page.
    /// Its immediate_exit belongs to <see cref="Kick"/>. Source: Documentation/virt/kvm/api.rst 5.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The vCPU was disposed of.</exception>
    public ref KvmRun RunPage => ref *LendPage();

    /// <summary>Counts the calls of <see cref="Run()"/> and the Dispose: an exit is good for one value of it.</summary>
    internal long Generation => _generation;

    internal KvmRun* Page => _run;

    /// <summary>Lends the run page to a caller that gives a span or a reference away: nobody knows when it is out of use.</summary>
    internal KvmRun* LentPage
    {
        get
        {
            _handle.IsRunPageLent = true;
            return _run;
        }
    }

    /// <summary>Size of the mapping that begins with the run page, in bytes; data offsets in exits lie within it.</summary>
    internal int RunPageSize { get; }

    /// <summary>Whether the vCPU belongs to a VM.</summary>
    internal bool IsOf(KvmVm vm) => VmHandle == vm.Handle;

    private bool IsDisposed => Volatile.Read(ref _state) < 0;

    // What CreateVcpu gave.
    private KvmVmHandle VmHandle => (KvmVmHandle)Live.Vm;

    /// <summary>The descriptor, unless the vCPU was disposed of.</summary>
    private KvmVcpuHandle Live
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsDisposed, this);
            return _handle;
        }
    }

    /// <summary>
    /// Runs the guest until something needs the VMM. It allocates nothing. Source: Documentation/virt/kvm/api.rst 4.10.
    /// </summary>
    /// <returns>
    /// Why the guest stopped. <see cref="KvmExitReason.Intr"/> after a kick, and also when any other signal interrupted the
    /// thread, or a vCPU that waits for INIT or SIPI was woken: run on if there is nothing to do.
    /// </returns>
    /// <exception cref="InvalidOperationException">Another thread is inside Run.</exception>
    /// <exception cref="ObjectDisposedException">The vCPU was disposed of, perhaps while it ran.</exception>
    /// <exception cref="KvmException">The ioctl failed.</exception>
    [NativeName("KVM_RUN")]
    public KvmExit Run()
    {
        var thread = HostThread.Current;
        var state = Interlocked.CompareExchange(ref _state, thread.Id, 0);
        if (state != 0)
            ThrowCannotRun(state);
        if (_lastRunner != thread && Enter(thread))
            return AgainExit(thread);
        var generation = ++_generation;

        Errno failure = 0;
        if (Libc.Ioctl(_descriptor, KvmIoctl.KVM_RUN, 0) < 0)
            failure = AfterFailure();
        var reason = _run->ExitReason;

        // Nothing may touch the run page after this, but through the exit: Dispose goes ahead.
        if (Interlocked.CompareExchange(ref _state, 0, thread.Id) != thread.Id)
            LeaveDisposed();
        if (failure != 0)
            throw KvmException.OfIoctl(KvmIoctl.KVM_RUN, failure, $"vCPU {Id}", missing: null, VmHandle.Explain?.Invoke(failure));
        if (KvmMetrics.CountsExits)
            KvmMetrics.CountExit(reason);
        return new KvmExit(this, generation);
    }

    /// <summary>
    /// Makes the <see cref="Run()"/> in progress, or if there is none the next one, return with
    /// <see cref="KvmExitReason.Intr"/>. Work that an exit left pending, such as the answer to IN, is completed first. Several
    /// kicks before that return count as one. A kick is never lost: what the caller wrote before it is seen by the thread that
    /// gets the exit. After Dispose it does nothing.
    /// </summary>
    /// <exception cref="KvmException">The signal could not be sent: for a second, the process had as many queued as it may.</exception>
    /// <exception cref="InvalidOperationException">The program has taken the signal's handler away.</exception>
    public void Kick()
    {
        if (IsDisposed)
            return;
        var held = false;
        try
        {
            _handle.DangerousAddRef(ref held);
            var first = RequestImmediateExit();
            var state = Volatile.Read(ref _state);
            if (first && state > 0)
                Signal(state);
        }
        catch (ObjectDisposedException)
        {
            // Dispose came first.
        }
        finally
        {
            if (held)
                _handle.DangerousRelease();
        }
    }

    /// <inheritdoc/>
    public int UnsafeIoctl(uint request, void* argument) => Ioctl(request, (nuint)argument);

    /// <inheritdoc/>
    public int UnsafeIoctl(uint request, nuint value) => Ioctl(request, value);

    /// <inheritdoc/>
    public int UnsafeIoctl(IoctlInfo ioctl, void* argument) => Live.Ioctl(ioctl, (nuint)argument, subject: null);

    /// <inheritdoc/>
    public int UnsafeIoctl(IoctlInfo ioctl, nuint value) => Live.Ioctl(ioctl, value, static (ioctl, value) => ioctl.Describe(value));

    /// <summary>
    /// Gives up the vCPU. If another thread is inside <see cref="Run()"/>, it is kicked out, and its Run throws
    /// <see cref="ObjectDisposedException"/>; Dispose waits for that, which takes microseconds. Exits become unusable.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// Another thread is inside Run, and the program has taken the signal's handler away by which it would be kicked out. Nothing
    /// was disposed of.
    /// </exception>
    public void Dispose()
    {
        if (Volatile.Read(ref _state) > 0)
            KickSignal.RequireHandler();
        var state = Interlocked.Or(ref _state, DisposedBit);
        if (state < 0)
            return;
        if (state != 0)
            ExpelRunner(state);
        _generation++;

        // A thread that still works on its last exit, or has borrowed the run page, may be using it right now. It goes on with a
        // copy instead of faulting, which is unmapped when nothing refers to this object any more. If that fails, all is left for
        // the collector.
        if (IsPageUsedElsewhere())
        {
            _replacedRunPage = _handle.ReplaceRunPage();
            if (_replacedRunPage is null)
                return;
        }
        _handle.Dispose();
    }

    /// <summary>
    /// The run page for the calling thread, whether or not that runs the vCPU. When another thread disposes of the vCPU, a copy of
    /// the page takes its place.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The vCPU was disposed of.</exception>
    internal KvmRun* BorrowPage()
    {
        var thread = HostThread.Current;
        if (_borrower != thread && _hasOtherBorrowers == 0)
            NoteBorrower(thread);
        // After the note: either Dispose sees it, or this sees Dispose.
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        return _run;
    }

    /// <summary>Borrows the page for a caller that gives a reference away.</summary>
    /// <exception cref="ObjectDisposedException">The vCPU was disposed of.</exception>
    internal KvmRun* LendPage()
    {
        _ = BorrowPage();
        return LentPage;
    }

    internal int Ioctl(uint request, void* argument) => Ioctl(request, (nuint)argument);

    internal int Ioctl(uint request, nuint value) => Live.Ioctl(request, value);

    /// <summary>KVM_RUN returned -1: makes an exit of it where it is one, and returns 0; else the errno.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Errno AfterFailure()
    {
        var errno = Libc.LastErrno;
        switch (errno)
        {
            case Errno.EINTR:
                // This answers all kicks so far. The exchange orders the clearing before whatever the caller reads next: a
                // plain store could be overtaken by those reads, and then a kick's news would be missed with the kick.
                Interlocked.Exchange(ref _run->ImmediateExit, 0);
                // KVM leaves the reason of the exit before when it does not enter the guest at all.
                _run->ExitReason = KvmExitReason.Intr;
                FollowSignalMask();
                return 0;

            case Errno.EFAULT
            or Errno.EHWPOISON when _run->ExitReason == KvmExitReason.MemoryFault:
                return 0; // The one exit that comes with an error. Source: Documentation/virt/kvm/api.rst 5.

            case Errno.EAGAIN:
                // The vCPU waited for INIT or SIPI and something woke it: it can go on, or will wait again. That is for the next
                // Run to see, since a loop here might never end and would not hear of kicks.
                _run->ExitReason = KvmExitReason.Intr;
                return 0;

            default:
                return errno;
        }
    }

    /// <summary>
    /// Has the next Run return the exit that the last one returned, instead of entering the guest: whoever ran the vCPU for something else
    /// met it and cannot serve it.
    /// </summary>
    internal void HoldExit()
    {
        _holdsExit = true;
        _lastRunner = null; // So that Run, which has no time to look, takes the way on which it does.
    }

    /// <summary>Another thread than before runs the vCPU, or there is an exit that waits.</summary>
    /// <returns>Whether there is.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool Enter(HostThread thread)
    {
        _lastRunner = thread;
        FollowSignalMask();
        var holdsExit = _holdsExit;
        _holdsExit = false;
        return holdsExit;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private KvmExit AgainExit(HostThread thread)
    {
        var generation = ++_generation;
        if (Interlocked.CompareExchange(ref _state, 0, thread.Id) != thread.Id)
            LeaveDisposed();
        return new KvmExit(this, generation);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void NoteBorrower(HostThread thread)
    {
        if (Interlocked.CompareExchange(ref _borrower, thread, null) is not null)
            Interlocked.Exchange(ref _hasOtherBorrowers, 1);
    }

    private bool IsPageUsedElsewhere()
    {
        var thread = HostThread.Current;
        return _hasOtherBorrowers != 0 || IsElsewhere(_lastRunner) || IsElsewhere(_borrower);

        bool IsElsewhere(HostThread? user) => user is { IsAlive: true } && user != thread;
    }

    /// <summary>Asks KVM_RUN to return; true if no earlier request is still to be answered.</summary>
    /// <remarks>
    /// The request is made first and the thread looked up then; Run enters its thread first and KVM_RUN looks at the request
    /// then. With a full barrier between the two on both sides, at least one of them sees the other. Only the first request
    /// has to send a signal, because it is withdrawn only by a return with EINTR, which answers them all. Were each to send one,
    /// real-time signals would queue, and a thread that is kicked often would do nothing but handle them.
    /// </remarks>
    private bool RequestImmediateExit() => Interlocked.Exchange(ref _run->ImmediateExit, 1) == 0;

    private void Signal(int threadId)
    {
        // The signal may come late and meet the thread outside Run, or in the next one. Neither does harm.
        var start = Stopwatch.GetTimestamp();
        while (!KickSignal.TrySend(threadId) && (Volatile.Read(ref _state) & ~DisposedBit) == threadId)
        {
            if (Stopwatch.GetElapsedTime(start) > s_patience)
                throw new KvmException("tgkill", Errno.EAGAIN, $"kick of vCPU {Id}");
            Thread.Yield();
        }
    }

    private void ExpelRunner(int threadId)
    {
        RequestImmediateExit();
        Signal(threadId);
        var wait = default(SpinWait);
        while (Volatile.Read(ref _state) != DisposedBit)
            wait.SpinOnce();
    }

    [DoesNotReturn]
    private void ThrowCannotRun(int state)
    {
        ObjectDisposedException.ThrowIf(state < 0, this);
        throw new InvalidOperationException(
            $"vCPU {Id} is being run by thread {state}. One thread at a time can run a vCPU; use Kick to make Run return."
        );
    }

    [DoesNotReturn]
    private void LeaveDisposed()
    {
        Volatile.Write(ref _state, DisposedBit);
        throw new ObjectDisposedException(nameof(KvmVcpu), $"vCPU {Id} was disposed of while it ran.");
    }
}
