using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;

namespace VmcsGen.Vmm.Tests.Testing;

/// <summary>A time that passes when a test says so. Timers that become due fire then, in their order.</summary>
internal sealed class TestTime(DateTimeOffset now) : TimeProvider
{
    private readonly List<TestTimer> _timers = [];
    private DateTimeOffset _now = now;
    private long _timestamp;

    /// <summary>Timers that wait for something.</summary>
    public int Waiting => _timers.Count(static timer => timer.Due is not null);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => _now;

    public override long GetTimestamp() => _timestamp;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        TestTimer timer = new(this, () => callback(state));
        timer.Change(dueTime, period);
        _timers.Add(timer);
        return timer;
    }

    public void Pass(TimeSpan time)
    {
        var end = _timestamp + time.Ticks;
        while (_timers.Where(timer => timer.Due <= end).MinBy(static timer => timer.Due) is { Due: { } due } next)
        {
            SetTo(due);
            next.Fire();
        }
        SetTo(end);
    }

    private void SetTo(long timestamp)
    {
        _now += TimeSpan.FromTicks(timestamp - _timestamp);
        _timestamp = timestamp;
    }

    /// <summary>A timer that fires once each time it is set.</summary>
    private sealed class TestTimer(TestTime time, Action fire) : ITimer
    {
        public long? Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Due = dueTime == Timeout.InfiniteTimeSpan ? null : time._timestamp + dueTime.Ticks;
            return true;
        }

        public void Fire()
        {
            Due = null;
            fire();
        }

        public void Dispose() => time._timers.Remove(this);

        public System.Threading.Tasks.ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
