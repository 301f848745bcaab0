using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using VmcsGen.Tool.Dumps;

namespace VmcsGen.Tool.Strace;

/// <summary>
/// Reads calls of ioctl in what strace prints, with or without -f, -t, -y and -T: requests by name, by number, and as
/// <c>_IOC(direction, type, number, size)</c>. Other lines are left out.
/// </summary>
/// <param name="numbers">The numbers of requests, by their names.</param>
internal sealed partial class StraceReader(IReadOnlyDictionary<string, uint> numbers)
{
    /// <summary>Reads the calls, one at a time.</summary>
    /// <param name="stream">The lines.</param>
    /// <param name="report">Hears of what cannot be read.</param>
    public IEnumerable<StraceCall> Read(Stream stream, Action<LogProblem> report)
    {
        foreach (var (number, _, text) in new LogReader(stream, report).Lines())
        {
            if (Read(text, number) is { } call)
                yield return call;
        }
    }

    /// <summary>Reads a line; null if it has no call of ioctl with a request that is known or a number.</summary>
    public StraceCall? Read(string line, int number)
    {
        if (Call().Match(line) is not { Success: true } call || RequestOf(call.Groups["request"].Value) is not { } request)
            return null;
        var result = Result().Match(line);
        var end = result.Success ? result.Index : line.Length;
        var start = Math.Min(call.Index + call.Length, end);
        var argument = line[start..end].TrimStart(',', ' ').TrimEnd(' ', ')');
        return new(number, call.Groups["descriptor"].Value, request, argument, result.Groups["value"].Value, result.Groups["error"].Value);
    }

    // Several programs may use a number: strace prints "TCGETS or SNDCTL_TMR_TIMEBASE". The first that is known counts.
    private uint? RequestOf(string text)
    {
        if (Composed().Match(text) is { Success: true } parts)
        {
            var direction = parts.Groups["direction"].Value.Split('|').Aggregate(0u, static (all, one) => all | DirectionOf(one));
            return direction << 30 | Number(parts, "size") << 16 | Number(parts, "type") << 8 | Number(parts, "number");
        }
        if (TryNumber(text, out var plain))
            return plain;
        foreach (var name in text.Split(" or "))
        {
            if (numbers.TryGetValue(name.Trim(), out var known))
                return known;
        }
        return null;
    }

    private static uint DirectionOf(string name) =>
        name.Trim() switch
        {
            "_IOC_WRITE" => 1,
            "_IOC_READ" => 2,
            _ => 0,
        };

    private static uint Number(Match match, string group) => TryNumber(match.Groups[group].Value, out var number) ? number : 0;

    private static bool TryNumber(string text, out uint number) =>
        text.StartsWith("0x", StringComparison.Ordinal)
            ? uint.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
            : uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    [GeneratedRegex(
        @"\bioctl\((?<descriptor>-?\d{1,10}(?:<[^>]{0,200}>)?),\s(?<request>_IOC\([^)]{1,80}\)|\w{1,80}(?:\sor\s\w{1,80}){0,8})",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Call();

    [GeneratedRegex(@"^_IOC\((?<direction>[A-Z_|]+),\s(?<type>\w+),\s(?<number>\w+),\s(?<size>\w+)\)$", RegexOptions.CultureInvariant)]
    private static partial Regex Composed();

    [GeneratedRegex(
        @"\s=\s(?<value>-?\d+|0x[0-9a-f]+|\?)(?:<[^>]{0,200}>)?(?:\s(?<error>E[A-Z0-9]+)\s\([^)]{0,80}\))?(?:\s<[\d.]+>)?\s*$",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Result();
}
