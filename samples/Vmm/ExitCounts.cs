using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics.Metrics;
using System.IO;
using System.Linq;
using VmcsGen.Kvm;

namespace VmmSample;

/// <summary>Counts exits by reason, as the library's meter tells them.</summary>
internal sealed class ExitCounts : IDisposable
{
    private readonly ConcurrentDictionary<string, long> _counts = new();
    private readonly MeterListener _listener = new();

    public ExitCounts()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == KvmMetrics.MeterName)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>(Count);
        _listener.Start();
    }

    public void Print(TextWriter writer)
    {
        foreach (var (reason, count) in _counts.OrderByDescending(static line => line.Value))
            writer.WriteLine($"{count, 10} {reason}");
    }

    public void Dispose() => _listener.Dispose();

    private void Count(Instrument instrument, long measurement, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        var reason = tags.IsEmpty ? instrument.Name : $"{tags[0].Value}";
        _counts.AddOrUpdate(reason, measurement, (_, before) => before + measurement);
    }
}
