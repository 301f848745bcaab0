using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using SnapshotSample;
using VmcsGen.Kvm;

// A guest computes; it is stopped, saved to a file, and goes on in another process: this program, started again with the file.
if (args is ["resume", var saved])
    return Resume(saved);

if (!KvmHost.TryOpen(out var host, out var unavailable))
{
    Console.WriteLine($"No guest can run here: {unavailable.Message}\n{unavailable.Remedy}");
    return 0;
}

var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
try
{
    using (host)
        RunAndSave(host, path);

    var result = ResultOfNewProcess(path);
    var expected = ComputingGuest.Expected;
    Console.WriteLine($"The result is {result}; {(result == expected ? "right" : $"WRONG, it is {expected}")}.");
    return result == expected ? 0 : 1;
}
finally
{
    File.Delete(path);
}

static void RunAndSave(KvmHost host, string path)
{
    using var vm = host.CreateVm();
    using var memory = GuestMemory.Allocate(ComputingGuest.MemorySize);
    vm.MapMemory(0, memory);
    using var vcpu = vm.CreateVcpu(0);
    ComputingGuest.Start(vcpu, memory);

    if (ComputingGuest.Run(vcpu, stopAfter: 30) is { } early)
        throw new InvalidOperationException($"The guest finished with {early} before it was stopped.");

    var state = VmState.Capture(host, vm, vcpu);
    state.Save(path);
    var vcpuState = state.Vcpus[0];
    Console.WriteLine(
        $"Process {Environment.ProcessId} stopped the guest at 0x{vcpuState.Regs.Rip:X} with {vcpuState.Regs.Rcx} steps to go: " +
        $"{state.Slots[0].Memory.KeptPages} of {ComputingGuest.MemorySize / GuestMemory.PageSize} pages hold something, " +
        $"the file has {new FileInfo(path).Length} bytes.");
    foreach (var gap in state.Gaps.Concat(vcpuState.Gaps))
        Console.WriteLine($"  not here: {gap}");
}

static int Resume(string path)
{
    using var host = KvmHost.Open();
    using var vm = host.CreateVm();
    using var vcpu = vm.CreateVcpu(0);
    foreach (var gap in VmState.Load(path).RestoreTo(vm, vcpu)) // The memory, too.
        Console.Error.WriteLine($"  not taken by this host: {gap}");

    Console.Error.WriteLine($"Process {Environment.ProcessId} goes on.");
    Console.WriteLine(ComputingGuest.Run(vcpu));
    return 0;
}

static uint? ResultOfNewProcess(string path)
{
    // Under `dotnet Snapshot.dll` the program is dotnet, and the first argument the assembly.
    var program = Environment.ProcessPath!;
    string[] arguments = ["resume", path];
    if (Path.GetFileNameWithoutExtension(program) == "dotnet")
        arguments = [Environment.GetCommandLineArgs()[0], .. arguments];

    using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
    var output = process.StandardOutput.ReadToEnd();
    process.WaitForExit();
    return uint.TryParse(output, CultureInfo.InvariantCulture, out var result) ? result : null;
}
