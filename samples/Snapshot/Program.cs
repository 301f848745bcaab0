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

    var (steps, result) = ResultOfNewProcess(path);
    var expected = ComputingGuest.Expected(steps);
    Console.WriteLine($"After {steps} steps the result is {result}; {(result == expected ? "right" : $"WRONG, it is {expected}")}.");
    return result == expected && steps != 0 ? 0 : 1;
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

    ComputingGuest.RunAndStop(vcpu, questions: 20);

    using var state = VmState.Capture(host, vm, vcpu);
    state.Save(path);
    var vcpuState = state.Vcpus[0];
    Console.WriteLine(
        $"Process {Environment.ProcessId} stopped the guest at 0x{vcpuState.Regs.Rip:X} after {vcpuState.Regs.Rcx} steps: "
            + $"{state.Slots[0].Memory.KeptPages} of {ComputingGuest.MemorySize / GuestMemory.PageSize} pages hold something, "
            + $"the file has {new FileInfo(path).Length} bytes."
    );
    foreach (var gap in state.Gaps.Concat(vcpuState.Gaps))
        Console.WriteLine($"  not here: {gap}");
}

static int Resume(string path)
{
    using var host = KvmHost.Open();
    using var vm = host.CreateVm();
    using var vcpu = vm.CreateVcpu(0);
    using var state = VmState.Load(path);
    foreach (var gap in state.RestoreTo(vm, vcpu)) // The memory, too.
        Console.Error.WriteLine($"  not taken by this host: {gap}");

    Console.Error.WriteLine($"Process {Environment.ProcessId} goes on.");
    var (steps, result) = ComputingGuest.RunToResult(vcpu, questions: 20);
    Console.WriteLine($"{steps} {result}");
    return 0;
}

static (uint Steps, uint Result) ResultOfNewProcess(string path)
{
    // Under `dotnet Snapshot.dll` the program is dotnet, and the first argument the assembly.
    var program = Environment.ProcessPath!;
    string[] arguments = ["resume", path];
    if (Path.GetFileNameWithoutExtension(program) == "dotnet")
        arguments = [Environment.GetCommandLineArgs()[0], .. arguments];

    using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
    var output = process.StandardOutput.ReadToEnd();
    process.WaitForExit();
    var numbers = output.Split(' ', 2);
    return
        uint.TryParse(numbers[0], CultureInfo.InvariantCulture, out var steps)
        && uint.TryParse(numbers[^1], CultureInfo.InvariantCulture, out var result)
        ? (steps, result)
        : default;
}
