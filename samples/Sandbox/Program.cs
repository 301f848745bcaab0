using System;
using System.Diagnostics;
using System.Globalization;
using SandboxSample;
using VmcsGen.Kvm;

// A function that is not trusted is called many times, each time in a fresh guest. It keeps a secret of each caller and looks for those of
// others: in fresh guests it finds none, in one that is used twice it does.
//   dotnet run -c Release --project samples/Sandbox -- 10000    calls it so many times
if (!KvmHost.TryOpen(out var host, out var unavailable))
{
    Console.WriteLine($"No guest can run here: {unavailable.Message}\n{unavailable.Remedy}");
    return 0;
}

var calls = args is [var number] ? int.Parse(number, CultureInfo.InvariantCulture) : 300;
using (host)
{
    using var sandbox = new Sandbox(host);
    var random = new Random(1);
    var (wrong, leaks) = (0, 0);
    var time = TimeSpan.Zero;
    for (var i = 0; i < calls; i++)
    {
        var input = new byte[random.Next(8, 100)];
        random.NextBytes(input);
        var start = Stopwatch.GetTimestamp();
        var (answer, found) = sandbox.Call(input);
        time += Stopwatch.GetElapsedTime(start);
        wrong += answer == GuestFunction.Expected(input) ? 0 : 1;
        leaks += found != 0 || sandbox.Leaks(input.AsSpan(0, 8)) ? 1 : 0;
    }

    // That the canary would be seen: the same guest again.
    using var reused = sandbox.Spawn();
    Sandbox.Call(reused, [1, 2, 3, 4, 5, 6, 7, 8]);
    var seen = Sandbox.Call(reused, [9, 9, 9, 9, 9, 9, 9, 9]).Found;

    var isRight = wrong == 0 && leaks == 0 && seen == 0x0403_0201;
    Console.WriteLine(
        string.Create(CultureInfo.InvariantCulture, $"{calls} calls, each in a fresh guest: {time.TotalMicroseconds / calls:F0} µs each.")
    );
    Console.WriteLine(
        $"{wrong} wrong answers, {leaks} secrets seen by others; a guest that is used twice sees 0x{seen:X8}; {(isRight ? "right" : "WRONG")}."
    );
    return isRight ? 0 : 1;
}
