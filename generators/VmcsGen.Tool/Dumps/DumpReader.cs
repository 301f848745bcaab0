using System;
using System.Collections.Generic;
using System.IO;

namespace VmcsGen.Tool.Dumps;

/// <summary>Finds the dumps in a log. Each writer that the log tells apart has its own, so that lines of several may alternate.</summary>
internal static class DumpReader
{
    // Writers whose dumps are open at a time. A log with more has numbers in its prefixes that mean something else.
    private const int MostWriters = 256;

    /// <summary>Finds the dumps, in the order in which they end.</summary>
    /// <param name="stream">The log.</param>
    /// <param name="report">Hears of what cannot be read.</param>
    public static IEnumerable<Dump> Read(Stream stream, Action<LogProblem> report)
    {
        var writers = new Dictionary<string, DumpBuilder>(StringComparer.Ordinal);
        DumpBuilder? last = null;
        foreach (var (number, offset, text) in new LogReader(stream, report).Lines())
        {
            var (start, isLogged, writer) = Prefixes.Strip(text);
            // What has no prefix continues the line before, whoever wrote it.
            if (isLogged || last is null)
            {
                if (!writers.TryGetValue(writer, out last))
                {
                    if (writers.Count == MostWriters)
                        writers.Clear();
                    writers.Add(writer, last = new DumpBuilder(report));
                }
            }
            foreach (var dump in last.Add(text, number, offset, start, isLogged))
                yield return dump;
        }
        foreach (var builder in writers.Values)
        {
            foreach (var dump in builder.Finish())
                yield return dump;
        }
    }
}
