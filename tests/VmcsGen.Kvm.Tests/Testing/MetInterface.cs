using System;
using System.Collections.Generic;
using System.Diagnostics.Metrics;
using System.IO;
using System.Reflection;
using System.Text.Json;
using VmcsGen.Kvm.Interop;
using VmcsGen.Kvm.Tests.Observation;
using Xunit;

namespace VmcsGen.Kvm.Tests.Testing;

/// <summary>
/// Writes down which ioctls succeeded in this run and which exits guests caused, each with the classes of the tests that met it, by the
/// kernel's names. It does so where the environment names a file to write.
/// </summary>
public sealed class MetInterface : IDisposable
{
    private const string FileVariable = "VMCSGEN_MET";
    private const string Namespace = "VmcsGen.Kvm.Tests.";

    private readonly string? _file = Environment.GetEnvironmentVariable(FileVariable);
    private readonly Dictionary<uint, HashSet<string>> _ioctls = [];
    private readonly Dictionary<string, HashSet<string>> _exits = [];
    private readonly MeterListener _listener = new();
    private readonly object _gate = new();

    public MetInterface()
    {
        if (_file is null)
            return;
        Libc.Succeeded = request => Note(_ioctls, request);
        Libc.Fault = static (_, _) => 0;
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == KvmMetrics.MeterName)
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, _, tags, _) => NoteExit((string)tags[0].Value!));
        _listener.Start();
    }

    public void Dispose()
    {
        _listener.Dispose();
        if (_file is null)
            return;
        Libc.Succeeded = null;
        Libc.Fault = null;
        using var stream = File.Create(_file);
        using var json = new Utf8JsonWriter(stream, new() { Indented = true });
        json.WriteStartObject();
        lock (_gate)
        {
            Write(json, "ioctls", _ioctls, static request => KvmIoctl.NameOf(request));
            Write(
                json,
                "exits",
                _exits,
                static reason => typeof(KvmExitReason).GetField(reason)?.GetCustomAttribute<NativeNameAttribute>()?.Name
            );
        }
        json.WriteEndObject();
    }

    private static void Write<TItem>(
        Utf8JsonWriter json,
        string list,
        Dictionary<TItem, HashSet<string>> met,
        Func<TItem, string?> nativeNameOf
    )
        where TItem : notnull
    {
        json.WriteStartObject(list);
        foreach (var (item, classes) in met)
        {
            if (nativeNameOf(item) is not { } name)
                continue;
            json.WriteStartArray(name);
            foreach (var one in classes)
                json.WriteStringValue(one[Namespace.Length..]);
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    private void NoteExit(string reason)
    {
        // There every reason is counted, without a guest.
        if (ClassOfTest() != typeof(MetricsTests).FullName)
            Note(_exits, reason);
    }

    // Tests measure what is allocated, so that nothing is here for what was met before.
    private void Note<TItem>(Dictionary<TItem, HashSet<string>> met, TItem item)
        where TItem : notnull
    {
        if (ClassOfTest() is not { } test)
            return;
        lock (_gate)
        {
            if (!met.TryGetValue(item, out var classes))
                met[item] = classes = [];
            classes.Add(test);
        }
    }

    private static string? ClassOfTest() => TestContext.Current.TestClass?.TestClassName;
}
