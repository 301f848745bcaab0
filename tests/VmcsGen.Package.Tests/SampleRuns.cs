using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Xunit;

namespace VmcsGen.Package.Tests;

/// <summary>Runs samples: each when it is asked for on this machine's KVM, and all in one start of the emulated machine.</summary>
public sealed partial class SampleRuns
{
    // Each with its exit code behind its output.
    private const string All = """
        for program; do
          name=$(basename "$program" .dll)
          number=
          # An emulated processor is dozens of times slower: fewer calls.
          [ "$name" != Sandbox ] || number=30
          echo "sample $name"
          dotnet exec "$program" $number 2>&1
          echo "exit code $?"
        done
        """;

    /// <summary>A sample that does not run in the emulated machine.</summary>
    public const string NotInLab = "SnapshotFuzzing";

    private readonly Lazy<Task<IReadOnlyDictionary<string, (string Output, int Code)>>> _all = new(RunAll);

    /// <summary>The folder with the samples.</summary>
    public static string Folder => Path.Combine(PackageFeed.Repository, "samples");

    /// <summary>What a sample prints; it must succeed.</summary>
    /// <param name="name">Its name.</param>
    public async Task<string> OutputOf(string name)
    {
        if (Kvm.IsHere)
            return (await Kvm.Run(Path.GetTempPath(), ProgramOf(name))).MustSucceed().Output;
        var (output, code) = (await _all.Value)[name];
        Assert.True(code == 0, $"exit code {code}: {output}");
        return output;
    }

    private static async Task<IReadOnlyDictionary<string, (string Output, int Code)>> RunAll()
    {
        var programs = SampleTests.Samples.Select(static row => row.Data.Item1).Where(static name => name != NotInLab).Select(ProgramOf);
        var run = await Kvm.RunInLab(Path.GetTempPath(), ["bash", "-c", All, "run", .. programs]);
        return Part()
            .Matches(run.MustSucceed().Output)
            .ToDictionary(
                static part => part.Groups["name"].Value,
                static part => (part.Groups["output"].Value, int.Parse(part.Groups["code"].ValueSpan))
            );
    }

    private static string ProgramOf(string name) => Path.Combine(Folder, name, "bin", PackageFeed.Configuration, "net10.0", $"{name}.dll");

    [GeneratedRegex(@"^sample (?<name>\w+)\n(?<output>.*?)^exit code (?<code>\d+)$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Part();
}
