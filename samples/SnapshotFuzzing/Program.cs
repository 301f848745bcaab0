using System;
using System.Diagnostics;
using System.Globalization;
using SnapshotFuzzing;
using VmcsGen.Kvm;

// A fuzzer for a parser in a guest: each message is parsed from the same moment, to which the VM is taken back by undoing what it wrote.
// Messages that lead to new code are kept and changed further, until one crashes the parser; that one is replayed in a fresh VM.
//   dotnet run -c Release --project samples/SnapshotFuzzing -- 1000000    then parses so many more
if (!KvmHost.TryOpen(out var host, out var unavailable))
{
    Console.WriteLine($"No guest can run here: {unavailable.Message}\n{unavailable.Remedy}");
    return 0;
}

const int Patience = 500_000;
using (host)
{
    var parser = new ParserGuest();
    using var fuzzer = new Fuzzer(host, parser);
    var start = Stopwatch.GetTimestamp();
    var (crash, tried) = fuzzer.Run(Patience);
    var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
    Console.WriteLine(
        string.Create(
            CultureInfo.InvariantCulture,
            $"{tried} messages in {seconds:F1} s, {tried / seconds:F0} a second: {parser.Blocks.Count - fuzzer.UnmetBlocks} of "
                + $"{parser.Blocks.Count} blocks met, {fuzzer.Corpus.Count} messages kept."
        )
    );
    if (crash is null)
    {
        Console.WriteLine("None crashed the parser; WRONG.");
        return 1;
    }

    // The VM that found it has met other messages before; a fresh one has not.
    using var template = new VmTemplate(host, fuzzer.State);
    using var fresh = template.Spawn();
    var crashes = Fuzzer.Parse(fresh.Vm, fresh.Vcpu, crash);
    using var other = template.Spawn();
    var isTold = !Fuzzer.Parse(other.Vm, other.Vcpu, [(byte)'V', (byte)'M', 3, 3, 4, 9, 0, 0, 1]);
    Console.WriteLine($"{Convert.ToHexString(crash)} crashes it, in a fresh VM too; {(crashes && isTold ? "right" : "WRONG")}.");

    if (args is [var more])
        Soak(fuzzer, int.Parse(more, CultureInfo.InvariantCulture));
    return crashes && isTold ? 0 : 1;
}

static void Soak(Fuzzer fuzzer, int messages)
{
    var start = Stopwatch.GetTimestamp();
    var crashes = 0;
    for (var left = messages; left > 0; )
    {
        var (crash, tried) = fuzzer.Run(left);
        left -= tried;
        crashes += crash is null ? 0 : 1;
    }
    var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
    Console.WriteLine(
        string.Create(CultureInfo.InvariantCulture, $"{messages} more, {messages / seconds:F0} a second: {crashes} crashed the parser.")
    );
}
