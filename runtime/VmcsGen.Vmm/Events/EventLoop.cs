using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>
/// One thread that waits for many descriptors and calls a handler for each that is ready, one handler at a time. What a handler throws ends
/// the loop and surfaces in <see cref="Ended"/> and <see cref="Wait"/>. No event allocates. Source: epoll(7).
/// </summary>
/// <example>
/// <code>
/// using var loop = new EventLoop();
/// using var doorbell = Eventfd.Create();
/// using var source = loop.Add(doorbell, EventKinds.Readable, _ =>
/// {
///     while (doorbell.TryRead(out var count))
///         Console.WriteLine(count);
/// });
/// loop.Start();
/// doorbell.Signal();
/// </code>
/// </example>
[MustDispose]
public sealed partial class EventLoop : IDisposable
{
    private const int EventsAtOnce = 64;
    private const ulong WakeToken = ulong.MaxValue;

    private readonly Epoll _epoll;
    private readonly Eventfd _wake;
    private readonly Thread _thread;
    private readonly object _gate = new();
    private readonly List<EventSource?> _sources = [];
    private readonly Stack<int> _free = [];
    private readonly Queue<Action> _posted = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private EventSource? _running;
    private uint _uses;
    private int _pauses;
    private bool _isBusy;
    private bool _hasStarted;
    private volatile bool _isStopping;
    private bool _isDisposed;

    /// <summary>Prepares a loop; its thread does not run yet.</summary>
    /// <param name="name">The thread's name.</param>
    /// <exception cref="IOException">The process or the system has too many open files.</exception>
    /// <exception cref="KvmException">The same, of the eventfd that wakes the loop.</exception>
    public EventLoop(string name = "event loop")
    {
        _epoll = Epoll.Create();
        try
        {
            _wake = Eventfd.Create();
            _epoll.Control(EpollOperation.Add, (int)_wake.DangerousGetHandle(), EventKinds.Readable, WakeToken);
        }
        catch
        {
            _wake?.Dispose();
            _epoll.Dispose();
            throw;
        }
        _thread = new Thread(Run) { IsBackground = true, Name = name };
    }

    /// <summary>Completes when the loop has ended: with what a handler threw, if one did.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Whether the calling thread is the loop's.</summary>
    public bool IsCurrent => Thread.CurrentThread == _thread;

    /// <summary>Starts the thread. What happened on descriptors before is served then.</summary>
    /// <exception cref="InvalidOperationException">It was started or stopped before.</exception>
    public void Start()
    {
        lock (_gate)
        {
            if (_hasStarted || _isStopping)
                throw new InvalidOperationException("The event loop was started or stopped before.");
            _hasStarted = true;
        }
        _thread.Start();
    }

    /// <summary>
    /// Waits for a descriptor from now on. The handler is told what is the case, not what has changed (epoll's level-triggered mode).
    /// </summary>
    /// <param name="descriptor">A socket, an eventfd, a pipe, a terminal or another one that can be waited for; no file on disk.</param>
    /// <param name="kinds">What to wait for.</param>
    /// <param name="handler">What serves it, on the loop's thread.</param>
    /// <returns>What ends the wait when it is disposed of.</returns>
    /// <exception cref="IOException">The descriptor is of a kind that is always ready, or the loop waits for it already.</exception>
    /// <exception cref="ObjectDisposedException">The loop or the descriptor was disposed of.</exception>
    public EventSource Add(SafeHandle descriptor, EventKinds kinds, EventSourceHandler handler)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        ArgumentNullException.ThrowIfNull(handler);
        var isHeld = false;
        try
        {
            descriptor.DangerousAddRef(ref isHeld);
            lock (_gate)
            {
                ObjectDisposedException.ThrowIf(_isDisposed, this);
                var slot = _free.TryPeek(out var free) ? free : _sources.Count;
                EventSource source = new(this, descriptor, handler, (uint)slot | (ulong)(_uses & int.MaxValue) << 32) { Interest = kinds };
                _epoll.Control(EpollOperation.Add, source.Descriptor, kinds, source.Token);
                isHeld = false; // It is the source's now.
                _uses++;
                if (slot == _sources.Count)
                    _sources.Add(source);
                else
                    _sources[_free.Pop()] = source;
                return source;
            }
        }
        finally
        {
            if (isHeld)
                descriptor.DangerousRelease();
        }
    }

    /// <summary>Has the loop call something once, on its thread, after the handlers that are due.</summary>
    /// <param name="action">What to call. What it throws ends the loop.</param>
    /// <exception cref="ObjectDisposedException">The loop was disposed of.</exception>
    public void Post(Action action)
    {
        ArgumentNullException.ThrowIfNull(action);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _posted.Enqueue(action);
            _wake.Signal();
        }
    }

    /// <summary>Serves what is ready by now, unless the loop is paused, then ends it and waits for its thread.</summary>
    internal void Finish()
    {
        lock (_gate)
        {
            if (_isDisposed)
                return;
            // In the first round something may stand behind what was posted; not in the second.
            if (_pauses > 0)
                RequestStop();
            else
                Post(() => Post(RequestStop));
        }
        if (_hasStarted)
            _thread.Join();
    }

    /// <summary>
    /// Waits until no handler runs, and has none called until the pause is disposed of. What happens on descriptors meanwhile is served
    /// then. A handler that pauses its own loop does not wait for itself.
    /// </summary>
    /// <returns>The pause.</returns>
    public EventLoopPause Pause()
    {
        lock (_gate)
        {
            _pauses++;
            while (_isBusy && !IsCurrent)
                Monitor.Wait(_gate);
        }
        return new(this);
    }

    /// <summary>Has the loop end after the handler that runs, and does not wait: for handlers too.</summary>
    public void RequestStop()
    {
        lock (_gate)
        {
            _isStopping = true;
            Monitor.PulseAll(_gate);
            if (!_isDisposed)
                _wake.Signal();
        }
    }

    /// <summary>Ends the loop and waits for its thread. A paused loop ends too.</summary>
    /// <exception cref="InvalidOperationException">The calling thread is the loop's: use <see cref="RequestStop"/> there.</exception>
    public void Stop()
    {
        if (IsCurrent)
            throw new InvalidOperationException($"A handler cannot wait for the end of its loop: use {nameof(RequestStop)} there.");
        RequestStop();
        if (_hasStarted)
            _thread.Join();
        else
            _ended.TrySetResult();
    }

    /// <summary>Waits until the loop has ended.</summary>
    /// <param name="cancellationToken">Ends the wait; the loop goes on.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="Exception">What a handler threw.</exception>
    public void Wait(CancellationToken cancellationToken = default) => Ended.WaitAsync(cancellationToken).GetAwaiter().GetResult();

    /// <summary>Ends the loop, as <see cref="Stop"/>, and lets go of its descriptors.</summary>
    public void Dispose()
    {
        Stop();
        lock (_gate)
        {
            if (_isDisposed)
                return;
            _isDisposed = true;
            foreach (var source in _sources)
                source?.Release();
            _sources.Clear();
            _free.Clear();
            _posted.Clear();
        }
        _epoll.Dispose();
        _wake.Dispose();
    }

    internal void Change(EventSource source, EventKinds kinds)
    {
        lock (_gate)
        {
            if (!Holds(source) || source.Interest == kinds)
                return;
            _epoll.Control(EpollOperation.Mod, source.Descriptor, kinds, source.Token);
            source.Interest = kinds;
        }
    }

    internal void Remove(EventSource source)
    {
        lock (_gate)
        {
            if (Holds(source))
            {
                _epoll.Control(EpollOperation.Del, source.Descriptor, 0, 0);
                _sources[source.Slot] = null;
                _free.Push(source.Slot);
                source.Release();
            }
            while (_running == source && !IsCurrent)
                Monitor.Wait(_gate);
        }
    }

    internal void EndPause()
    {
        lock (_gate)
        {
            _pauses--;
            Monitor.PulseAll(_gate);
        }
    }

    private bool Holds(EventSource source) => source.Slot < _sources.Count && _sources[source.Slot] == source;
}
