using System;

namespace VmcsGen.Vmm.Tests.Testing;

/// <summary>A time that passes when a test says so.</summary>
internal sealed class TestTime(DateTimeOffset now) : TimeProvider
{
    private DateTimeOffset _now = now;
    private long _timestamp;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => _now;

    public override long GetTimestamp() => _timestamp;

    public void Pass(TimeSpan time)
    {
        _now += time;
        _timestamp += time.Ticks;
    }
}
