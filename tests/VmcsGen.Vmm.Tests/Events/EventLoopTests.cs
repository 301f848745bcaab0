using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using VmcsGen.Kvm;
using VmcsGen.Vmm.Tests.Testing;
using Xunit;

namespace VmcsGen.Vmm.Tests.Events;

public sealed class EventLoopTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly EventLoop _loop = new();
    private readonly List<IDisposable> _things = [];

    [Fact]
    public void Descriptor_that_is_ready_is_served_on_the_loops_thread_and_no_other()
    {
        using SemaphoreSlim served = new(0);
        var (first, second) = (Make(), Make());
        List<(int, bool, EventKinds)> calls = [];
        Add(first, kinds => Note(1, first, kinds));
        Add(second, kinds => Note(2, second, kinds));
        second.Signal();
        _loop.Start();
        Assert.True(served.Wait(s_patience));
        first.Signal();
        Assert.True(served.Wait(s_patience));
        Assert.Equal([(2, true, EventKinds.Readable), (1, true, EventKinds.Readable)], calls);
        Assert.False(_loop.IsCurrent);

        void Note(int number, Eventfd eventfd, EventKinds kinds)
        {
            Assert.True(eventfd.TryRead(out _));
            calls.Add((number, _loop.IsCurrent, kinds));
            served.Release();
        }
    }

    [Fact]
    public void Handler_is_called_again_until_it_takes_what_is_there_or_asks_no_more()
    {
        using SemaphoreSlim served = new(0);
        var eventfd = Make();
        var calls = 0;
        EventSource? source = null;
        source = Add(
            eventfd,
            _ =>
            {
                if (++calls == 3)
                    source!.Kinds = 0;
                served.Release();
            }
        );
        eventfd.Signal();
        _loop.Start();
        for (var i = 0; i < 3; i++)
            Assert.True(served.Wait(s_patience));
        Barrier();
        Assert.Equal(3, calls);
        source.Kinds = EventKinds.Readable;
        Assert.True(served.Wait(s_patience));
        source.Kinds = 0;
    }

    [Fact]
    public void Removed_descriptor_is_not_served_even_if_the_kernel_told_of_it_before()
    {
        using SemaphoreSlim served = new(0);
        Eventfd[] eventfds = [Make(), Make(), Make()];
        var sources = new EventSource[2];
        var calls = 0;
        for (var i = 0; i < 2; i++)
        {
            var other = 1 - i;
            sources[i] = Add(
                eventfds[i],
                _ =>
                {
                    // Both are ready. Another descriptor takes the place of the one that goes, and is not ready.
                    calls++;
                    sources[other].Dispose();
                    Add(eventfds[2], _ => calls += 100);
                    sources[1 - other].Kinds = 0;
                    served.Release();
                }
            );
        }
        eventfds[0].Signal();
        eventfds[1].Signal();
        _loop.Start();
        Assert.True(served.Wait(s_patience));
        Barrier();
        Assert.Equal(1, calls);
    }

    [Fact]
    public void Exception_of_a_handler_ends_the_loop_and_surfaces()
    {
        var eventfd = Make();
        Add(eventfd, static _ => throw new InvalidDataException("The handler's."));
        _loop.Start();
        eventfd.Signal();
        using CancellationTokenSource patience = new(s_patience);
        Assert.Equal("The handler's.", Assert.Throws<InvalidDataException>(() => _loop.Wait(patience.Token)).Message);
        Assert.True(_loop.Ended.IsFaulted);
        using (_loop.Pause()) { } // Nothing runs, so nothing is waited for.
    }

    [Fact]
    public void Nothing_is_served_during_a_pause_and_nothing_is_lost_by_it()
    {
        using SemaphoreSlim served = new(0);
        var eventfd = Make();
        var calls = 0;
        Add(eventfd, _ => Serve());
        _loop.Start();
        using (_loop.Pause())
        using (_loop.Pause())
        {
            eventfd.Signal(7);
            _loop.Post(() => Interlocked.Increment(ref calls));
            Assert.False(served.Wait(50));
            Assert.Equal(0, Volatile.Read(ref calls));
        }
        Assert.True(served.Wait(s_patience));
        Barrier();
        Assert.Equal(8, calls);

        void Serve()
        {
            Assert.True(eventfd.TryRead(out var count));
            Interlocked.Add(ref calls, (int)count);
            served.Release();
        }
    }

    [Fact]
    public void Pause_waits_for_the_handler_that_runs()
    {
        using ManualResetEventSlim entered = new();
        using ManualResetEventSlim mayLeave = new();
        var eventfd = Make();
        var hasLeft = false;
        Add(
            eventfd,
            _ =>
            {
                eventfd.TryRead(out var _);
                entered.Set();
                mayLeave.Wait(s_patience);
                Volatile.Write(ref hasLeft, true);
            }
        );
        eventfd.Signal();
        _loop.Start();
        Assert.True(entered.Wait(s_patience));
        using Timer timer = new(_ => mayLeave.Set(), null, 50, Timeout.Infinite);
        using (_loop.Pause())
            Assert.True(Volatile.Read(ref hasLeft));
    }

    [Fact]
    public void Disposal_of_a_source_waits_for_its_handler_but_not_for_itself()
    {
        using ManualResetEventSlim entered = new();
        using ManualResetEventSlim mayLeave = new();
        var (slow, own) = (Make(), Make());
        var hasLeft = false;
        var source = Add(
            slow,
            _ =>
            {
                slow.TryRead(out var _);
                entered.Set();
                mayLeave.Wait(s_patience);
                Volatile.Write(ref hasLeft, true);
            }
        );
        EventSource? self = null;
        self = Add(own, _ => self!.Dispose());
        slow.Signal();
        _loop.Start();
        Assert.True(entered.Wait(s_patience));
        using Timer timer = new(_ => mayLeave.Set(), null, 50, Timeout.Infinite);
        source.Dispose();
        Assert.True(Volatile.Read(ref hasLeft));
        own.Signal();
        Barrier();
        source.Kinds = EventKinds.Writable; // Too late, and harmless.
    }

    [Fact]
    public void Handler_may_pause_and_end_its_own_loop()
    {
        var eventfd = Make();
        Add(
            eventfd,
            _ =>
            {
                using (_loop.Pause())
                    _loop.RequestStop();
                Assert.Throws<InvalidOperationException>(_loop.Stop);
            }
        );
        eventfd.Signal();
        _loop.Start();
        using CancellationTokenSource patience = new(s_patience);
        _loop.Wait(patience.Token);
        Assert.Throws<InvalidOperationException>(_loop.Start);
    }

    [Fact]
    public void Paused_loop_ends_when_it_is_stopped()
    {
        var eventfd = Make();
        Add(eventfd, static _ => { });
        eventfd.Signal();
        _loop.Start();
        using (_loop.Pause())
            _loop.Stop();
        Assert.True(_loop.Ended.IsCompletedSuccessfully);
    }

    [Fact]
    public void File_on_disk_and_a_descriptor_that_is_there_already_are_refused()
    {
        using TemporaryFolder folder = new();
        using var file = File.OpenHandle(folder.File("file", [1]));
        Assert.Contains(
            "epoll_ctl",
            Assert.Throws<IOException>(() => _loop.Add(file, EventKinds.Readable, static _ => { })).Message,
            StringComparison.Ordinal
        );
        var eventfd = Make();
        Add(eventfd, static _ => { });
        Assert.Throws<IOException>(() => _loop.Add(eventfd, EventKinds.Readable, static _ => { }));
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => _loop.Add(file, EventKinds.Readable, static _ => { }));
    }

    [Fact]
    public void Descriptor_stays_open_while_the_loop_waits_for_it()
    {
        var eventfd = Make();
        using SemaphoreSlim served = new(0);
        var source = Add(eventfd, _ => served.Release());
        source.Kinds = 0;
        eventfd.Signal();
        eventfd.Dispose();
        _loop.Start();
        source.Kinds = EventKinds.Readable;
        Assert.True(served.Wait(s_patience));
    }

    [Fact]
    public void Events_allocate_nothing()
    {
        var (ping, pong) = (Make(), Make());
        var rounds = 0;
        long before = 0;
        long allocated = -1;
        Add(
            ping,
            _ =>
            {
                ping.TryRead(out var _);
                if (++rounds == 1000)
                    before = GC.GetAllocatedBytesForCurrentThread();
                if (rounds < 2000)
                {
                    pong.Signal();
                    return;
                }
                allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                _loop.RequestStop();
            }
        );
        Add(
            pong,
            _ =>
            {
                pong.TryRead(out var _);
                ping.Signal();
            }
        );
        ping.Signal();
        _loop.Start();
        using CancellationTokenSource patience = new(s_patience);
        _loop.Wait(patience.Token);
        Assert.Equal(0, allocated);
    }

    public void Dispose()
    {
        _loop.Dispose();
        foreach (var thing in _things)
            thing.Dispose();
    }

    private Eventfd Make()
    {
        var eventfd = Eventfd.Create();
        _things.Add(eventfd);
        return eventfd;
    }

    private EventSource Add(Eventfd eventfd, EventSourceHandler handler)
    {
        var source = _loop.Add(eventfd, EventKinds.Readable, handler);
        _things.Add(source);
        return source;
    }

    /// <summary>Waits until the loop has gone round.</summary>
    private void Barrier()
    {
        for (var i = 0; i < 2; i++)
        {
            using ManualResetEventSlim passed = new();
            _loop.Post(passed.Set);
            Assert.True(passed.Wait(s_patience));
        }
    }
}
