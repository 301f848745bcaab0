using System;
using BenchmarkDotNet.Attributes;
using VmcsGen.Kvm;

namespace VmcsGen.Benchmarks;

/// <summary>From an exit of a real guest to its device and back.</summary>
[MemoryDiagnoser]
public class DispatchBenchmarks
{
    private const ushort Port = 0x10;

    private readonly DeviceBuses _buses = new();
    private KvmHost _host = null!;
    private KvmVm _vm = null!;
    private KvmVcpu _vcpu = null!;

    /// <summary>A guest that writes to a port for ever.</summary>
    [GlobalSetup]
    public void Prepare()
    {
        _host = KvmHost.Open();
        _vm = _host.CreateVm();
        var memory = GuestMemory.Allocate(GuestMemory.PageSize);
        memory.Write(0, [0xE6, (byte)Port, 0xEB, 0xFC]); // again: out Port, al; jmp again
        _vm.MapMemory(0, memory);
        _vcpu = _vm.CreateVcpu(0);
        _vcpu.GetSregs(out var sregs);
        sregs.Cs.Base = 0;
        sregs.Cs.Selector = 0;
        _vcpu.SetSregs(sregs);
        _vcpu.SetRegs(new KvmRegs { Rflags = 2 });
        _buses.Ports.Add(Port, 1, new Register());
    }

    /// <summary>Ends the guest.</summary>
    [GlobalCleanup]
    public void End()
    {
        _vcpu.Dispose();
        _vm.Dispose();
        _host.Dispose();
    }

    /// <summary>KVM_RUN to the exit.</summary>
    [Benchmark(Baseline = true)]
    public ushort Run() => NextExit().Io.Port;

    /// <summary>The same, and the way to the device.</summary>
    [Benchmark]
    public bool RunAndDispatch() => _buses.Dispatch(NextExit());

    private KvmExit NextExit()
    {
        KvmExit exit;
        do exit = _vcpu.Run();
        while (exit.Reason == KvmExitReason.Intr);
        return exit.Reason == KvmExitReason.Io ? exit : throw new InvalidOperationException($"Unexpected exit: {exit.ToString()}");
    }

    private sealed class Register : IBusDevice
    {
        private byte _value;

        public void Read(ulong offset, Span<byte> data) => data[0] = _value;

        public void Write(ulong offset, ReadOnlySpan<byte> data) => _value = data[0];
    }
}
