using System;
using System.IO;
using System.Linq;
using System.Threading;
using VmcsGen.Kvm;
using VmcsGen.SideBySide;

// The same operations in C, in C# as native code, and in C# by the JIT: dotnet run -c Release --project tests/VmcsGen.SideBySide
// With "--short" one round without the native code, whose compilation takes long: it shows that everything runs, not how fast.
// "--build FOLDER" makes the programs and no more, "--from FOLDER" takes those: for a machine without compilers, or too slow for them.
// A number says how many rounds; further arguments are the names to measure, instead of all.
var isShort = args.Contains("--short");
var rounds = args.Select(static a => int.TryParse(a, out var n) ? n : 0).FirstOrDefault(static n => n > 0, isShort ? 1 : 40);
var (toBuild, built) = (FolderAfter("--build"), FolderAfter("--from"));
var names = args.Where(a => a.Length > 0 && char.IsAsciiLetter(a[0]) && a != toBuild && a != built).ToArray();
var operations = SharedText.Benchmarks.Select(static b => b.Name).Where(n => names.Length == 0 || names.Contains(n)).ToArray();

if (toBuild is not null)
{
    Directory.CreateDirectory(toBuild);
    Build.C(toBuild);
    Build.Aot(toBuild);
    return 0;
}
if (KvmHost.Probe() is { } unavailable)
{
    Console.Error.WriteLine($"No guest can run here: {unavailable}");
    return 2;
}

var directory = Directory.CreateTempSubdirectory("vmcsgen-side-by-side-");
Contestant[] contestants = [];
try
{
    contestants =
    [
        new("C", built is null ? Build.C(directory.FullName) : Path.Combine(built, Build.CName)),
        .. isShort
            ? Array.Empty<Contestant>()
            : [new("C# AOT", built is null ? Build.Aot(directory.FullName) : Path.Combine(built, Build.AotName))],
        new("C# JIT", "dotnet", "exec", Build.Jit),
    ];
    var comparison = new Comparison(contestants);

    // The JIT compiles a method again, and better, after 30 calls and a tenth of a second without new methods.
    for (var i = 0; i < (isShort ? 0 : 3); i++)
    {
        comparison.Round(operations, batches: 15, counts: false);
        Thread.Sleep(200);
    }
    for (var round = 0; round < rounds; round++)
    {
        comparison.Round(operations, batches: isShort ? 1 : 5);
        if (names.Length == 0)
            comparison.Starts();
    }
    comparison.Print(Console.Out);
    return 0;
}
finally
{
    foreach (var contestant in contestants)
        contestant.Dispose();
    directory.Delete(recursive: true);
}

string? FolderAfter(string option) => Array.IndexOf(args, option) is >= 0 and var i && i + 1 < args.Length ? args[i + 1] : null;
