using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Text;

namespace VmcsGen.Testing;

/// <summary>
/// Compares what the generator gave with reviewed files beside the test: <c>Class.Method#Hint.g.verified.cs</c> for each
/// emitted file, and <c>Class.Method.verified.txt</c> when there are diagnostics. The files are those of the package
/// Verify.SourceGenerators, so that a test moves to it by replacing this call.
/// </summary>
public static class Snapshot
{
    /// <summary>The environment variable that, set to 1, accepts what the generator gave as reviewed.</summary>
    public const string AcceptVariable = "VMCSGEN_ACCEPT_SNAPSHOTS";

    private static readonly UTF8Encoding Encoding = new(encoderShouldEmitUTF8Identifier: true);

    /// <summary>Compares; writes <c>.received</c> files and throws where something differs, is missing, or is left over.</summary>
    /// <param name="run">What the generator gave.</param>
    /// <param name="ignore">Emitted files that are not compared; none when null.</param>
    /// <param name="file">The test's source file: its name is the test class's.</param>
    /// <param name="method">The test.</param>
    /// <exception cref="SnapshotException">The snapshot does not match; the message shows the first differences.</exception>
    public static void Verify(
        GeneratorRun run,
        Func<GeneratedSource, bool>? ignore = null,
        [CallerFilePath] string file = "",
        [CallerMemberName] string method = ""
    ) => Verify(run, ignore, Environment.GetEnvironmentVariable(AcceptVariable) == "1", file, method);

    internal static void Verify(GeneratorRun run, Func<GeneratedSource, bool>? ignore, bool accept, string file, string method)
    {
        var directory = Path.GetDirectoryName(file)!;
        var test = $"{Path.GetFileNameWithoutExtension(file)}.{method}";
        var files = Files(run, ignore, test);
        if (accept)
            Accept(directory, test, files);
        else
            Compare(directory, test, files);
    }

    private static Dictionary<string, string> Files(GeneratorRun run, Func<GeneratedSource, bool>? ignore, string test)
    {
        var files = run
            .Sources.Where(source => ignore?.Invoke(source) != true)
            .ToDictionary(
                source => $"{test}#{Path.GetFileNameWithoutExtension(source.Hint)}.verified.cs",
                static source => $"//HintName: {source.Hint}\n{Lines(source.Text)}"
            );
        if (run.Diagnostics.Count > 0)
            files.Add($"{test}.verified.txt", SnapshotDiagnostics.Format(run.Diagnostics));
        return files;
    }

    private static void Accept(string directory, string test, Dictionary<string, string> files)
    {
        foreach (var path in Existing(directory, test, "verified").Concat(Existing(directory, test, "received")))
            File.Delete(path);
        foreach (var (name, text) in files)
            File.WriteAllText(Path.Combine(directory, name), text, Encoding);
    }

    private static void Compare(string directory, string test, Dictionary<string, string> files)
    {
        var problems = new List<string>();
        foreach (var path in Existing(directory, test, "received"))
            File.Delete(path);
        foreach (var (name, text) in files.OrderBy(static f => f.Key, StringComparer.Ordinal))
        {
            var path = Path.Combine(directory, name);
            var verified = File.Exists(path) ? Lines(File.ReadAllText(path)) : null;
            if (verified == text)
                continue;
            File.WriteAllText(path.Replace(".verified.", ".received.", StringComparison.Ordinal), text, Encoding);
            problems.Add(verified is null ? $"{name} does not exist." : $"{name} differs.\n{SnapshotDiff.Describe(verified, text)}");
        }
        foreach (var path in Existing(directory, test, "verified").Where(p => !files.ContainsKey(Path.GetFileName(p))))
            problems.Add($"{Path.GetFileName(path)} is left over: nothing of that name is emitted any more.");
        if (problems.Count > 0)
            throw new SnapshotException($"{string.Join("\n", problems)}\nTo accept after review, run again with {AcceptVariable}=1.");
    }

    // A test whose name begins with another's has files of its own: what follows the name is "#" or the kind of file.
    private static string[] Existing(string directory, string test, string kind) =>
        Directory
            .EnumerateFiles(directory, $"{test}*.{kind}.*")
            .Where(path =>
                Path.GetFileName(path)[test.Length..] is var rest
                && (rest[0] == '#' || rest.StartsWith($".{kind}.", StringComparison.Ordinal))
            )
            .Order(StringComparer.Ordinal)
            .ToArray();

    private static string Lines(string text) => text.ReplaceLineEndings("\n");
}
