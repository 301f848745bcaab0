using System;
using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Oracle.Tests.Facts;

/// <summary>In which of the recorded kernels each name of KVM's interface is first.</summary>
/// <param name="First">Names by release, the oldest first; several in a line.</param>
internal sealed record ReleaseFacts(IReadOnlyDictionary<string, string[]> First)
{
    private static readonly Lazy<ReleaseFacts> LazyAll = new(static () => FactsFile.Read<ReleaseFacts>("kvm_since.json"));

    private readonly Version[] _releases = [.. First.Keys.Select(Version.Parse)];

    private readonly Dictionary<string, int> _firstOf = First
        .Values.SelectMany(static (lines, release) => lines.SelectMany(static line => line.Split(' ')).Select(name => (name, release)))
        .ToDictionary(static one => one.name, static one => one.release, StringComparer.Ordinal);

    public static ReleaseFacts All => LazyAll.Value;

    /// <summary>The last of the kernels.</summary>
    public Version Newest => _releases[^1];

    /// <summary>Why a name cannot be in the kernel since a release; null if it can.</summary>
    /// <param name="name">The name; of a member <c>kvm_run.immediate_exit</c>.</param>
    /// <param name="since">The release.</param>
    public string? Objection(string name, string since)
    {
        var release = Version.Parse(since);
        if (!_firstOf.TryGetValue(name, out var first))
            return release > Newest ? null : $"says since {since}, and no kernel up to {Newest} has it";
        if (release > _releases[first])
            return $"says since {since}, and Linux {_releases[first]} has it";
        return first > 0 && release <= _releases[first - 1]
            ? $"says since {since}, and Linux {_releases[first - 1]} does not have it"
            : null;
    }
}
