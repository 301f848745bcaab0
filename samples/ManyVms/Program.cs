using System;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using ManyVms;
using VmcsGen.Kvm;

// How many VMs can one process run at once? dotnet run -c Release --project samples/ManyVms -- [VMs] [rounds]
var count = args.Length > 0 && int.TryParse(args[0], out var vms) && vms > 0 ? vms : 200;
var rounds = args.Length > 1 && int.TryParse(args[1], out var given) && given > 0 ? given : 1000;

if (!KvmHost.TryOpen(out var host, out var unavailable))
{
    Console.WriteLine($"No guest can run here: {unavailable.Message}\n{unavailable.Remedy}");
    return 0;
}
using var opened = host;

// One before we measure, so that code which all share is loaded already.
using (var first = new SmallVm(host, 0, rounds: 1))
    first.Run();

var before = Usage.Now();
var creating = Stopwatch.StartNew();
var machines = Enumerable.Range(1, count).Select(number => new SmallVm(host, (uint)number, rounds)).ToArray();
creating.Stop();

// A thread for each vCPU: the kernel shares out the processors, as it does among programs.
using var everybodyIsThere = new Barrier(count + 1);
var threads = machines
    .Select(machine => new Thread(
        () =>
        {
            everybodyIsThere.SignalAndWait();
            machine.Run();
        },
        maxStackSize: 128 * 1024
    ))
    .ToArray();
foreach (var thread in threads)
    thread.Start();
everybodyIsThere.SignalAndWait();
var running = Stopwatch.StartNew();
foreach (var thread in threads)
    thread.Join();
running.Stop();
var after = Usage.Now();

var exits = machines.Sum(static machine => machine.Exits);
var seconds = running.Elapsed.TotalSeconds;
Console.WriteLine(
    $"{count} VMs, each with one vCPU, {SmallVm.MemorySize / 1024} KiB of memory and a thread, on {Environment.ProcessorCount} processors"
);
Console.WriteLine(
    $"created in      {creating.Elapsed.TotalMilliseconds, 10:N0} ms      {creating.Elapsed.TotalMilliseconds / count, 10:N2} ms each"
);
Console.WriteLine($"ran for         {running.Elapsed.TotalMilliseconds, 10:N0} ms");
Console.WriteLine($"exits           {exits, 10:N0}         {exits / seconds, 10:N0} a second");
Console.WriteLine($"guest rounds    {count * (long)rounds, 10:N0}         {count * rounds / seconds, 10:N0} a second");
Console.WriteLine(
    $"resident memory {(after.Resident - before.Resident) / 1024, 10:N0} KiB     {(after.Resident - before.Resident) / 1024.0 / count, 10:N1} KiB each, its thread's counted"
);
Console.WriteLine(
    $"descriptors     {after.Descriptors - before.Descriptors, 10:N0}         {(after.Descriptors - before.Descriptors) / (double)count, 10:N1} each"
);

var wrong = machines.Where(static machine => machine.Result != machine.Expected).ToArray();
foreach (var machine in wrong)
    Console.WriteLine(
        $"VM {machine.Number} says {machine.Result?.ToString() ?? "nothing"}, and it is {machine.Expected}: {machine.Failure ?? "it calculated wrongly"}"
    );
foreach (var machine in machines)
    machine.Dispose();
Console.WriteLine($"left behind     {Usage.Now().Descriptors - before.Descriptors, 10:N0} descriptors");
Console.WriteLine(wrong.Length == 0 ? $"All {count} results are right." : $"{wrong.Length} of {count} results are WRONG.");
return wrong.Length == 0 ? 0 : 1;
