using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using VmcsGen.Kvm;

namespace VmcsGen.SideBySide;

/// <summary>The shortest VMM: it runs a guest to its first exit.</summary>
internal static class FirstExit
{
    public const string Argument = "first-exit";

    /// <summary>
    /// Prints the nanoseconds from a time of CLOCK_MONOTONIC to here and to the first exit, and the most memory, in bytes, that was
    /// resident.
    /// </summary>
    public static int Run(string start)
    {
        var main = Stopwatch.GetTimestamp();
        using var host = KvmHost.Open();
        using var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(GuestMemory.PageSize);
        memory.Write(0, [0xE6, 0x10]); // The guest first_exit.
        vm.MapMemory(Machine.CodeAddress, memory);
        using var vcpu = vm.CreateVcpu(0);
        Machine.EnterRealMode(vcpu);
        KvmExit exit;
        do exit = vcpu.Run();
        while (exit.Reason == KvmExitReason.Intr);
        if (exit.Io.Port != 0x10)
            throw Machine.Unexpected(exit);
        var end = Stopwatch.GetTimestamp();
        var begin = long.Parse(start, CultureInfo.InvariantCulture);
        Console.Out.Write(
            $"process_start_to_main\t{main - begin}\nprocess_start_to_first_exit\t{end - begin}\npeak_memory_of_minimal_vmm\t{PeakMemory()}\n"
        );
        return 0;
    }

    /// <summary>Runs it in a process of its own.</summary>
    public static void RunInChild()
    {
        var program = Environment.ProcessPath!;
        var isHosted = Path.GetFileNameWithoutExtension(program) == "dotnet";
        string[] assembly = isHosted ? ["exec", Path.Combine(AppContext.BaseDirectory, "VmcsGen.SideBySide.CSharp.dll")] : [];
        using var child = Process.Start(
            new ProcessStartInfo(program, [.. assembly, Argument, Stopwatch.GetTimestamp().ToString(CultureInfo.InvariantCulture)])
        )!;
        child.WaitForExit();
    }

    private static long PeakMemory()
    {
        foreach (var line in File.ReadLines("/proc/self/status"))
        {
            if (line.StartsWith("VmHWM:", StringComparison.Ordinal))
                return 1024 * long.Parse(line.AsSpan(6, line.Length - 9), NumberStyles.Integer, CultureInfo.InvariantCulture);
        }
        throw new InvalidDataException("/proc/self/status has no VmHWM.");
    }
}
