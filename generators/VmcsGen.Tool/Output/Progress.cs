using System;
using System.Diagnostics;

namespace VmcsGen.Tool.Output;

/// <summary>How far a long reading is, on a terminal.</summary>
/// <param name="terminal">The terminal; nothing is shown if standard error is none.</param>
/// <param name="total">How many bytes there are; null if that is not known.</param>
internal sealed class Progress(Terminal terminal, long? total) : IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(300);

    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private TimeSpan _shown;

    /// <summary>How long it has taken.</summary>
    public TimeSpan Elapsed => _watch.Elapsed;

    /// <summary>Shows how many bytes are read.</summary>
    public void Report(long bytes)
    {
        if (!terminal.ErrorIsTerminal || _watch.Elapsed - _shown < s_interval)
            return;
        _shown = _watch.Elapsed;
        var share = total is > 0 and var all ? $" of {Giga(all)} GB ({100.0 * bytes / all:F0} %)" : " GB";
        terminal.Error.Write($"\r\u001b[K{Giga(bytes)}{share}, {Speed(bytes)}");
        terminal.Error.Flush();
    }

    /// <summary>Bytes per second in words.</summary>
    public string Speed(long bytes) => $"{bytes / 1e9 / Math.Max(_watch.Elapsed.TotalSeconds, 1e-6):F2} GB/s";

    /// <summary>Takes what is shown away.</summary>
    public void Dispose()
    {
        if (terminal.ErrorIsTerminal && _shown != default)
            terminal.Error.Write("\r\u001b[K");
    }

    private static string Giga(long bytes) => $"{bytes / 1e9:F1}";
}
