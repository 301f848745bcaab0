using System;
using System.Collections.Generic;
using System.Diagnostics.Metrics;
using VmcsGen.Kvm.Tests.Exits;
using VmcsGen.Kvm.Tests.Testing;
using VmcsGen.Vmx.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Observation;

/// <summary>The counter of exits, for whoever listens.</summary>
public class Metrics
{
    private const byte Port = 0x11;

    [Fact]
    public void Exits_are_counted_by_reason()
    {
        using var guest = Create();
        guest.RunToOut(Port); // Before anybody listens.
        using var counts = new ExitCounts();

        guest.RunTo(KvmExitReason.Mmio);
        guest.RunToOut(Port);
        guest.RunTo(KvmExitReason.Mmio);
        guest.Vcpu.Kick();
        Assert.Equal(KvmExitReason.Intr, guest.Vcpu.Run().Reason);

        Assert.Equal("{exit}", counts.Instrument?.Unit);
        Assert.False(string.IsNullOrEmpty(counts.Instrument?.Description));
        Assert.Equal(1, counts["Io"]);
        Assert.Equal(2, counts["Mmio"]);
        Assert.InRange(counts["Intr"], 1, long.MaxValue); // Other signals may have interrupted the thread.
        Assert.DoesNotContain("Hlt", counts.Reasons);
    }

    [Fact]
    public void Counting_ends_with_the_listening()
    {
        using var guest = Create();
        var counts = new ExitCounts();
        guest.RunToOut(Port);
        counts.Dispose();

        guest.RunTo(KvmExitReason.Mmio);

        Assert.Equal(1, counts["Io"]);
        Assert.DoesNotContain("Mmio", counts.Reasons);
    }

    [Fact]
    public void Reason_without_a_name_is_counted_as_other()
    {
        using var counts = new ExitCounts();

        KvmMetrics.CountExit((KvmExitReason)1000);
        KvmMetrics.CountExit((KvmExitReason)uint.MaxValue);
        foreach (var reason in Enum.GetValues<KvmExitReason>())
            KvmMetrics.CountExit(reason);

        Assert.Equal(2, counts["_OTHER"]);
        Assert.All(Enum.GetNames<KvmExitReason>(), name => Assert.Equal(1, counts[name]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Exits_allocate_nothing_whether_or_not_somebody_listens(bool listens)
    {
        using var guest = Create();
        using var counts = listens ? new ExitCounts() : null;
        Serve(20);

        Assert.Equal(0, Allocation.Of(() => Serve(10_000), out var rounds));
        if (counts is not null)
            Assert.Equal(rounds * 5000 + 10, counts["Mmio"]);

        void Serve(int exits)
        {
            for (var i = 0; i < exits; i++)
                _ = guest.Run().Reason;
        }
    }

    [Fact]
    public void Listener_that_throws_or_disposes_of_the_vCPU_leaves_Run_by_its_exception_and_nothing_locked()
    {
        using var guest = Create();
        using (new Callback(static () => throw new NotSupportedException("by the listener")))
            Assert.Equal("by the listener", Assert.Throws<NotSupportedException>(() => guest.Vcpu.Run()).Message);
        guest.RunTo(KvmExitReason.Mmio);

        using (new Callback(guest.Vcpu.Dispose))
            Worker.Do(() => guest.Vcpu.Run());
        Assert.Throws<ObjectDisposedException>(() => guest.Vcpu.Run());
    }

    private static Guest Create() =>
        Guest.Create(
            GuestMode.Real,
            static code =>
            {
                var loop = code.CreateLabel();
                code.Label(ref loop);
                code.@out(Port, al);
                code.mov(__.fs[0], eax);
                code.jmp(loop);
            }
        );

    /// <summary>Listens to the exits and adds them up, without allocating for an exit.</summary>
    private sealed class ExitCounts : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly Dictionary<string, long> _counts = [];

        public ExitCounts()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name != KvmMetrics.MeterName || instrument.Name != KvmMetrics.Exits)
                    return;
                Instrument = instrument;
                listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>(
                (_, count, tags, _) =>
                {
                    var reason = tags is [{ Key: KvmMetrics.ExitReason, Value: string value }] ? value : "tagged otherwise";
                    _counts[reason] = _counts.GetValueOrDefault(reason) + count;
                }
            );
            _ = KvmMetrics.CountsExits; // Makes the instrument if nothing ran yet.
            _listener.Start();
        }

        public Instrument? Instrument { get; private set; }

        public IEnumerable<string> Reasons => _counts.Keys;

        public long this[string reason] => _counts[reason];

        public void Dispose() => _listener.Dispose();
    }

    /// <summary>Does something at each exit.</summary>
    private sealed class Callback : IDisposable
    {
        private readonly MeterListener _listener = new();

        public Callback(Action atExit)
        {
            _listener.InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name == KvmMetrics.MeterName)
                    listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((_, _, _, _) => atExit());
            _listener.Start();
        }

        public void Dispose() => _listener.Dispose();
    }
}
