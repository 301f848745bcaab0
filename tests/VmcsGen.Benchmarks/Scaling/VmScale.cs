using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using VmcsGen.Kvm;

namespace VmcsGen.Benchmarks;

/// <summary>What VMs and vCPUs cost in one process that has many.</summary>
internal static class VmScale
{
    private static readonly int[] s_counts = [1, 2, 5, 10, 20, 50, 100, 200, 500];
    private static readonly string[] s_costs = ["create us", "run to exit us", "dispose us", "descriptors", "resident KiB"];

    /// <summary>VMs, each with a page of memory and a vCPU.</summary>
    public static void PrintVms(Action<ScaleTable> show)
    {
        var table = new ScaleTable(
            "vms",
            "VMs in one process, each with one vCPU and 4 KiB of memory: all of them together",
            "VMs",
            s_costs
        );
        using var host = KvmHost.Open();
        Measure(host, 2, static (host, _) => new Machines(host).AddVm());
        foreach (var count in s_counts)
            table.Add(count, Measure(host, count, static (host, _) => new Machines(host).AddVm()));
        show(table);
    }

    /// <summary>vCPUs of one VM.</summary>
    public static void PrintVcpus(Action<ScaleTable> show)
    {
        var table = new ScaleTable("vcpus", "vCPUs of one VM: all of them together", "vCPUs", s_costs);
        using var host = KvmHost.Open();
        foreach (var count in s_counts)
        {
            if (count > host.MaxVcpus)
                break;
            using var vm = new Machines(host);
            vm.AddVmWithoutVcpu();
            table.Add(count, Measure(host, count, (_, id) => vm.VcpuOnly(id)));
        }
        show(table);
    }

    private static double[] Measure(KvmHost host, int count, Func<KvmHost, int, Machines> create)
    {
        var before = (Descriptors: Descriptors(), Resident: Resident());
        var machines = new List<Machines>(count);
        var creating = Time(() =>
        {
            for (var i = 0; i < count; i++)
                machines.Add(create(host, i));
        });
        var running = Time(() => machines.ForEach(static m => m.Run()));
        var (descriptors, resident) = (Descriptors() - before.Descriptors, Resident() - before.Resident);
        var disposing = Time(() => machines.ForEach(static m => m.Dispose()));
        return [creating, running, disposing, descriptors, resident / 1024.0];
    }

    private static double Time(Action action)
    {
        var begin = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(begin).TotalMicroseconds;
    }

    private static int Descriptors() => Directory.GetFiles("/proc/self/fd").Length;

    private static long Resident()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    /// <summary>A VM or a vCPU of one, whose guest exits at once.</summary>
    private sealed class Machines(KvmHost host) : IDisposable
    {
        private KvmVm? _vm;
        private GuestMemory? _memory;
        private KvmVcpu? _vcpu;

        public Machines AddVm()
        {
            AddVmWithoutVcpu();
            _vcpu = CreateVcpu(0);
            return this;
        }

        public void AddVmWithoutVcpu()
        {
            _vm = host.CreateVm();
            _memory = GuestMemory.Allocate(GuestMemory.PageSize);
            _memory.Write(0, [0xE6, 0x10, 0xEB, 0xFC]); // again: out 10h, al; jmp again
            _vm.MapMemory(0, _memory);
        }

        public Machines VcpuOnly(int id) => new(host) { _vcpu = CreateVcpu(id) };

        public void Run()
        {
            while (_vcpu!.Run().Reason == KvmExitReason.Intr) { }
        }

        public void Dispose()
        {
            _vcpu?.Dispose();
            _vm?.Dispose();
            _memory?.Dispose();
        }

        private KvmVcpu CreateVcpu(int id)
        {
            var vcpu = _vm!.CreateVcpu(id);
            vcpu.GetSregs(out var sregs);
            sregs.Cs.Base = sregs.Cs.Selector = 0;
            vcpu.SetSregs(sregs);
            vcpu.SetRegs(new KvmRegs { Rflags = 2 });
            return vcpu;
        }
    }
}
