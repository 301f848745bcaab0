using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading;

namespace VmcsGen.Vmm;

/// <summary>What the loop's thread does.</summary>
public sealed partial class EventLoop
{
    private void Run()
    {
        Exception? failure = null;
        try
        {
            Span<EpollEvent> events = stackalloc EpollEvent[EventsAtOnce];
            while (!_isStopping)
            {
                var count = _epoll.Wait(events);
                for (var i = 0; i < count && !_isStopping; i++)
                    Serve(events[i]);
            }
        }
        catch (Exception e)
        {
            failure = e;
        }
        lock (_gate)
        {
            _isStopping = true;
            _isBusy = false;
            _running = null;
            Monitor.PulseAll(_gate);
        }
        if (failure is null)
            _ended.TrySetResult();
        else
            _ended.TrySetException(failure);
    }

    private void Serve(in EpollEvent happened)
    {
        if (happened.Data == WakeToken)
        {
            _wake.TryRead(out _);
            while (TakePosted() is { } action)
            {
                action();
                EndWork();
            }
            return;
        }
        // One that was removed after the kernel told of it is not there, or another one with another token.
        if (!TryBegin(happened.Data, out var source))
            return;
        source.Handler(happened.Events);
        EndWork();
    }

    private bool TryBegin(ulong token, [NotNullWhen(true)] out EventSource? source)
    {
        lock (_gate)
        {
            WaitForPauses();
            var slot = (int)(uint)token;
            source = slot < _sources.Count && _sources[slot] is { } there && there.Token == token ? there : null;
            if (source is null || _isStopping)
                return false;
            _running = source;
            return _isBusy = true;
        }
    }

    private Action? TakePosted()
    {
        lock (_gate)
        {
            WaitForPauses();
            if (_isStopping || !_posted.TryDequeue(out var action))
                return null;
            _isBusy = true;
            return action;
        }
    }

    private void EndWork()
    {
        lock (_gate)
        {
            _isBusy = false;
            _running = null;
            Monitor.PulseAll(_gate);
        }
    }

    private void WaitForPauses()
    {
        while (_pauses > 0 && !_isStopping)
            Monitor.Wait(_gate);
    }
}
