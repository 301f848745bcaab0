using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>
/// A thread for each vCPU of a VM. All can be paused between two instructions, to look at the guest or to save it, and go on. What a
/// handler throws stops all of them and surfaces in <see cref="Ended"/>.
/// </summary>
/// <example>
/// <code>
/// using var threads = new VcpuThreads((vcpu, exit) => buses.Dispatch(exit) ? VcpuNext.Run : VcpuNext.Stop, vcpus);
/// threads.Start();
/// using (threads.Pause())
///     state = VmState.Capture(host, vm, vcpus);
/// threads.Wait();
/// </code>
/// </example>
[MustDispose]
public sealed class VcpuThreads : IDisposable
{
    private readonly VcpuThread[] _threads;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _hasRequests;
    private bool _hasStarted;
    private int _endedThreads;
    private Exception? _failure;

    /// <summary>Prepares a thread for each vCPU; none runs yet.</summary>
    /// <param name="handler">Serves the exits of all vCPUs, several at a time.</param>
    /// <param name="vcpus">The vCPUs. They stay the caller's: dispose of them after this.</param>
    /// <exception cref="ArgumentException">There is no vCPU.</exception>
    public VcpuThreads(VcpuExitHandler handler, params ReadOnlySpan<KvmVcpu> vcpus)
    {
        ArgumentNullException.ThrowIfNull(handler);
        if (vcpus.IsEmpty)
            throw new ArgumentException("There is no vCPU to run.", nameof(vcpus));
        _threads = new VcpuThread[vcpus.Length];
        for (var i = 0; i < vcpus.Length; i++)
            _threads[i] = new VcpuThread(this, vcpus[i], handler);
        Vcpus = vcpus.ToArray();
    }

    /// <summary>
    /// Completes when all vCPUs have stopped: with the first exception that a handler or KVM_RUN threw, if there was one.
    /// </summary>
    public Task Ended => _ended.Task;

    /// <summary>Whether somebody wants that a vCPU does not run.</summary>
    public bool IsPausing => Array.Exists(_threads, static thread => thread.Pauses > 0);

    /// <summary>The vCPUs, in the order of the constructor.</summary>
    public IReadOnlyList<KvmVcpu> Vcpus { get; }

    internal object Gate { get; } = new();

    internal bool IsStopping { get; private set; }

    /// <summary>Whether a thread must look at the lock before it enters the guest.</summary>
    internal bool HasRequests => _hasRequests;

    /// <summary>Starts the threads. They wait while a pause is wanted.</summary>
    /// <exception cref="InvalidOperationException">They were started or stopped before.</exception>
    public void Start()
    {
        lock (Gate)
        {
            if (_hasStarted || IsStopping)
                throw new InvalidOperationException("The vCPUs were started or stopped before.");
            _hasStarted = true;
        }
        foreach (var thread in _threads)
            thread.Start();
    }

    /// <summary>Pauses all vCPUs between two instructions, and waits until they are.</summary>
    /// <param name="cancellationToken">Ends the wait; the guest goes on then.</param>
    /// <returns>The pause: the guest goes on when it is disposed of.</returns>
    /// <exception cref="InvalidOperationException">The calling thread runs a vCPU: use <see cref="RequestPause()"/> there.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public VcpuPause Pause(CancellationToken cancellationToken = default)
    {
        RefuseVcpuThreads("wait for a pause", nameof(RequestPause));
        var pause = RequestPause();
        try
        {
            pause.Wait(cancellationToken);
            return pause;
        }
        catch
        {
            pause.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Has all vCPUs pause, and does not wait: for handlers too, whose vCPU pauses when the exit is served. No vCPU executes an
    /// instruction after the one it is at, but those that it runs before the kick arrives.
    /// </summary>
    /// <returns>The pause, which can be waited for; the guest goes on when it is disposed of.</returns>
    public VcpuPause RequestPause() => RequestPause(_threads);

    /// <summary>Has one vCPU pause, and does not wait; the others go on.</summary>
    /// <param name="index">Which vCPU, in the order of the constructor.</param>
    /// <returns>The pause, which can be waited for; the vCPU goes on when it is disposed of.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such vCPU.</exception>
    public VcpuPause RequestPause(int index) => RequestPause([ThreadAt(index)]);

    /// <summary>
    /// Does something on the thread of a vCPU, between two of its instructions, and waits for it: for ioctls of the vCPU, which KVM wants
    /// on that thread. The vCPU goes on afterwards, or stays paused if it was.
    /// </summary>
    /// <param name="index">Which vCPU, in the order of the constructor.</param>
    /// <param name="action">What to do; what it throws is thrown here. It must not pause, stop or invoke.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such vCPU.</exception>
    /// <exception cref="InvalidOperationException">
    /// The threads were not started or have ended, or the calling thread runs a vCPU.
    /// </exception>
    public void Invoke(int index, Action<KvmVcpu> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        var thread = ThreadAt(index);
        RefuseVcpuThreads("wait for another vCPU", "the vCPU itself");
        VcpuWork work = new(action);
        lock (Gate)
        {
            if (!_hasStarted)
                throw new InvalidOperationException("The vCPUs were not started yet.");
            if (thread.HasEnded)
                throw new InvalidOperationException($"The thread of vCPU {thread.Vcpu.Id} has ended.");
            thread.Enqueue(work);
            NoteRequests();
            Monitor.PulseAll(Gate);
        }
        thread.Vcpu.Kick();
        lock (Gate)
            work.Await(Gate);
    }

    /// <summary>Has all vCPUs stop, and does not wait: for devices and handlers too. <see cref="Ended"/> tells when they have.</summary>
    public void RequestStop()
    {
        lock (Gate)
        {
            IsStopping = true;
            NoteRequests();
            Monitor.PulseAll(Gate);
        }
        Kick(_threads);
    }

    /// <summary>Stops all vCPUs between two instructions and waits until their threads have ended. Paused ones stop too.</summary>
    /// <exception cref="InvalidOperationException">The calling thread runs a vCPU: use <see cref="RequestStop"/> there.</exception>
    public void Stop()
    {
        RefuseVcpuThreads("wait for its own end", nameof(RequestStop));
        RequestStop();
        lock (Gate)
        {
            if (!_hasStarted)
            {
                _ended.TrySetResult();
                return;
            }
        }
        foreach (var thread in _threads)
            thread.Join();
    }

    /// <summary>Waits until all vCPUs have stopped.</summary>
    /// <param name="cancellationToken">Ends the wait; the guest goes on.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="Exception">What a handler or KVM_RUN threw.</exception>
    public void Wait(CancellationToken cancellationToken = default)
    {
        RefuseVcpuThreads("wait for its own end", nameof(RequestStop));
        Ended.WaitAsync(cancellationToken).GetAwaiter().GetResult();
    }

    /// <summary>Stops all vCPUs, as <see cref="Stop"/>.</summary>
    public void Dispose() => Stop();

    /// <summary>Under the lock: says whether threads must look at it.</summary>
    internal void NoteRequests()
    {
        _hasRequests = IsStopping || Array.Exists(_threads, static thread => thread.Pauses > 0 || thread.HasWork);
        Monitor.PulseAll(Gate);
    }

    internal void Fail(Exception failure)
    {
        lock (Gate)
            _failure ??= failure;
        RequestStop();
    }

    /// <summary>Under the lock: a thread has left its loop.</summary>
    internal void NoteEnd()
    {
        Monitor.PulseAll(Gate);
        if (++_endedThreads < _threads.Length)
            return;
        if (_failure is null)
            _ended.TrySetResult();
        else
            _ended.TrySetException(_failure);
    }

    internal void WaitUntilParked(VcpuThread[] threads, CancellationToken cancellationToken)
    {
        RefuseVcpuThreads("wait for a pause", nameof(RequestPause));
        using var registration = cancellationToken.UnsafeRegister(
            static owner =>
            {
                lock (((VcpuThreads)owner!).Gate)
                    Monitor.PulseAll(((VcpuThreads)owner).Gate);
            },
            this
        );
        lock (Gate)
        {
            while (_hasStarted && !Array.TrueForAll(threads, static thread => thread.IsParked || thread.HasEnded))
            {
                cancellationToken.ThrowIfCancellationRequested();
                Monitor.Wait(Gate);
            }
        }
    }

    internal void EndPause(VcpuThread[] threads)
    {
        lock (Gate)
        {
            foreach (var thread in threads)
                thread.Pauses--;
            NoteRequests();
        }
    }

    private VcpuPause RequestPause(VcpuThread[] threads)
    {
        lock (Gate)
        {
            foreach (var thread in threads)
                thread.Pauses++;
            NoteRequests();
        }
        Kick(threads);
        return new VcpuPause(this, threads);
    }

    private static void Kick(VcpuThread[] threads)
    {
        foreach (var thread in threads)
            thread.Vcpu.Kick();
    }

    private VcpuThread ThreadAt(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, _threads.Length);
        return _threads[index];
    }

    private void RefuseVcpuThreads(string what, string instead)
    {
        if (Array.Exists(_threads, static thread => thread.IsCurrent))
            throw new InvalidOperationException($"The thread of a vCPU cannot {what}: use {instead} there.");
    }
}
