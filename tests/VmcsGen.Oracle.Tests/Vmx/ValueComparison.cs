using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Oracle.Tests.Support;

namespace VmcsGen.Oracle.Tests.Vmx;

/// <summary>The values of a generated enum against recorded ones, in both directions.</summary>
internal static class ValueComparison
{
    /// <param name="type">The enum, for the report.</param>
    /// <param name="facts">Number, name, and the kernel's name where there is one.</param>
    /// <param name="generated">The enum's values.</param>
    /// <param name="names">Which C# name a recorded name has, where the kernel has none.</param>
    /// <param name="differences">Takes what differs.</param>
    public static void Compare(
        string type,
        IEnumerable<(Int128 Number, string Name, string? Linux)> facts,
        IEnumerable<(string Name, string? Native, Int128 Value)> generated,
        CSharpNames names,
        Differences differences
    )
    {
        var recorded = facts.ToArray();
        var values = generated.ToDictionary(static v => v.Value);
        foreach (var (number, name, linux) in recorded)
        {
            if (!values.TryGetValue(number, out var actual))
                differences.Add($"{type}.{name}", $"no generated value is {number}");
            else if (linux is not null)
                differences.Check($"{type}.{name}", "kernel's name", linux, actual.Native);
            else if (!names.Match(name, actual.Name))
                differences.Add($"{type}.{name}", $"the value {number} is called {actual.Name}");
        }
        foreach (var (number, value) in values.Where(v => !recorded.Any(f => f.Number == v.Key)))
            differences.Add($"{type}.{value.Name}", $"no recorded value is {number}");
        var compared = recorded.Where(static f => f.Linux is null).Select(static f => f.Name);
        foreach (var name in names.Needless.Concat(names.Unused(compared)))
            differences.Add($"{type}.{name}", "the renaming is not needed");
    }
}
