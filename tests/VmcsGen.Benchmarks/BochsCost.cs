using System;
using System.Collections.Generic;
using System.Diagnostics;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Bochs;
using VmcsGen.Vmx.Creation;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Benchmarks;

/// <summary>
/// What a turn of a guest, a diagnosis and a snapshot cost on Bochs, each beside a bare VMRESUME through the agent in the same round, so
/// that a load that comes and goes meets both.
/// </summary>
internal static class BochsCost
{
    private const int WarmUp = 20;

    internal static int Print(string[] arguments)
    {
        var rounds = arguments is [var count] ? int.Parse(count, System.Globalization.CultureInfo.InvariantCulture) : 200;
        using var machine = BochsMachine.Start();
        var cpu = machine.Cpu;
        var free = cpu.FreeMemory;
        var pages = new PhysicalPageAllocator(cpu.Memory, new PhysicalMemoryRange(free.Start + 0x10_0000, 0x10_0000));
        using var vcpu = new VmxVcpuBuilder(cpu, pages)
        {
            Guest = VmxGuestState.RealMode(0, 0x8000, 0xF000),
            Memory = [new EptMapping(0, free.Start, 0x10_0000)],
        }.Build();
        cpu.Memory.Write(free.Start + 0x8000, [0x0F, 0xA2]); // CPUID, which exits each time anew
        vcpu.Run();
        GeneralRegisters registers = default;

        (string Name, Action Act)[] measured =
        [
            ("VMRESUME", () => cpu.Vmresume(ref registers).ThrowIfFailed("VMRESUME")),
            ("VmxVcpu.Run", () => vcpu.Run()),
            ("VmEntryChecker.Diagnose", () => VmEntryChecker.Diagnose(cpu)),
            ("VmcsSnapshot.Capture", () => VmcsSnapshot.Capture(vcpu.Vmcs)),
        ];
        var times = new List<double>[measured.Length];
        var trips = new long[measured.Length];
        for (var i = 0; i < measured.Length; i++)
            times[i] = [];
        for (var round = 0; round < WarmUp + rounds; round++)
        {
            for (var i = 0; i < measured.Length; i++)
            {
                var before = cpu.RoundTrips;
                var start = Stopwatch.GetTimestamp();
                measured[i].Act();
                if (round >= WarmUp)
                    times[i].Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                trips[i] = cpu.RoundTrips - before;
            }
        }
        Console.WriteLine("| on Bochs | round trips | best, ms | median, ms | 90 %, ms | median ratio to VMRESUME |");
        Console.WriteLine("| --- | ---: | ---: | ---: | ---: | ---: |");
        for (var i = 0; i < measured.Length; i++)
        {
            var ratios = new List<double>();
            for (var round = 0; round < rounds; round++)
                ratios.Add(times[i][round] / times[0][round]);
            Console.WriteLine(
                FormattableString.Invariant(
                    $"| {measured[i].Name} | {trips[i]} | {At(times[i], 0):F2} | {At(times[i], 0.5):F2} | {At(times[i], 0.9):F2} | {At(ratios, 0.5):F2} |"
                )
            );
        }
        return 0;
    }

    private static double At(List<double> values, double part)
    {
        List<double> sorted = [.. values];
        sorted.Sort();
        return sorted[(int)(part * (sorted.Count - 1))];
    }
}
