using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;

namespace VmcsGen.SideBySide;

/// <summary>A program that measures the operations. It stays alive, so that the others can be given a turn between two of its own.</summary>
internal sealed class Contestant : IDisposable
{
    private readonly string _program;
    private readonly string[] _arguments;
    private readonly Process _server;

    public Contestant(string name, string program, params string[] arguments)
    {
        Name = name;
        _program = program;
        _arguments = arguments;
        _server = Start("serve");
    }

    public string Name { get; }

    /// <summary>The fastest of some batches, in nanoseconds for one operation.</summary>
    public double Measure(string operation, int batches)
    {
        _server.StandardInput.Write($"{operation} {batches}\n");
        _server.StandardInput.Flush();
        return Parse(
            _server.StandardOutput.ReadLine() is { } line
                ? line
                : throw new InvalidOperationException($"The {Name} program ended at {operation}.")
        ).Value;
    }

    /// <summary>
    /// A process that runs a guest to its first exit: the nanoseconds from its start to its Main and to the exit, and its peak
    /// memory in bytes.
    /// </summary>
    public IReadOnlyList<(string Name, double Value)> FirstExit()
    {
        using var process = Start("first-exit", Stopwatch.GetTimestamp().ToString(CultureInfo.InvariantCulture));
        var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        return process.ExitCode == 0 && lines.Length == 3
            ? [.. lines.Select(Parse)]
            : throw new InvalidOperationException($"The {Name} program did not get to its first exit: {process.ExitCode}.");
    }

    public void Dispose()
    {
        _server.StandardInput.Close();
        _server.WaitForExit();
        _server.Dispose();
    }

    private static (string Name, double Value) Parse(string line)
    {
        var parts = line.Split('\t');
        return (parts[0], double.Parse(parts[1], CultureInfo.InvariantCulture));
    }

    private Process Start(params string[] arguments) =>
        Process.Start(
            new ProcessStartInfo(_program, [.. _arguments, .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true }
        ) ?? throw new InvalidOperationException($"{_program} did not start.");
}
