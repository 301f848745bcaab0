using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace VmcsGen.Package.Tests;

/// <summary>A project under "dotnet watch". It ends with everything that it started.</summary>
internal sealed class WatchedProgram : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    private readonly Process _process;
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];
    private int _seen;

    public WatchedProgram(string folder)
    {
        _process = new Process { StartInfo = Command.Prepare(folder, "dotnet", "watch", "--non-interactive", "run") };
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Waits for a line that holds a text, behind the one that was waited for last.</summary>
    public async Task WaitFor(string text)
    {
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < Limit; await Task.Delay(100, TestContext.Current.CancellationToken))
        {
            lock (_lock)
            {
                var found = _lines.FindIndex(_seen, line => line.Contains(text, StringComparison.Ordinal));
                if (found < 0)
                    continue;
                _seen = found + 1;
                return;
            }
        }
        lock (_lock)
            Assert.Fail($"'{text}' did not come within {Limit}. What came:\n{string.Join('\n', _lines)}");
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_lock)
            _lines.Add(line.Data ?? "");
    }
}
