using System;
using Debugger;
using VmcsGen.Kvm;

// A debugger for a guest that calculates a greatest common divisor.
//   dotnet run --project samples/Debugger          plays the session below
//   dotnet run --project samples/Debugger -- -i    reads commands; help lists them
if (!KvmHost.TryOpen(out var host, out var unavailable))
{
    Console.WriteLine($"No guest can run here: {unavailable.Message}\n{unavailable.Remedy}");
    return 0;
}

using (host)
{
    using var guest = new GcdGuest(host);
    using var session = new Session(guest);
    if (args is ["-i"])
    {
        Console.Write(Session.Prompt);
        while (Console.ReadLine() is { } line && session.Execute(line))
            Console.Write(Session.Prompt);
        return 0;
    }

    string[] commands =
    [
        "list",
        "break gcd",
        "continue",
        "registers",
        "step 6",
        "continue",
        "delete gcd",
        "hbreak done",
        "continue",
        "registers",
        "memory stack",
        "continue",
        "continue",
    ];
    foreach (var command in commands)
    {
        Console.WriteLine($"{Session.Prompt}{command}");
        session.Execute(command);
    }

    var isRight = session.Output == GcdGuest.Result;
    Console.WriteLine(
        $"The guest found {session.Output?.ToString() ?? "nothing"}; {(isRight ? "right" : $"WRONG, it is {GcdGuest.Result}")}."
    );
    return isRight ? 0 : 1;
}
