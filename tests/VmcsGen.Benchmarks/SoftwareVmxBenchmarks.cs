using System.Collections.Generic;
using BenchmarkDotNet.Attributes;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Creation;
using VmcsGen.Vmx.Software;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Benchmarks;

/// <summary>The VMX instructions in C#, with a guest that does nothing but exit.</summary>
[MemoryDiagnoser]
public class SoftwareVmxBenchmarks
{
    private const ulong VmxonRegion = 0x1000;
    private const ulong OtherRegion = 0x2000;

    private readonly SoftwareVmx _processor = new(new PhysicalMemory(1 << 24), profile: null, new Exiting());
    private VmxVcpu _vcpu = null!;
    private ulong _region;
    private GeneralRegisters _registers;

    /// <summary>A launched VMCS of a 64-bit guest is current, and there is a second region.</summary>
    [GlobalSetup]
    public void Prepare()
    {
        var revision = _processor.Capabilities.Basic.VmcsRevisionIdentifier;
        foreach (var region in (ulong[])[VmxonRegion, OtherRegion])
            _processor.Memory.Write(region, System.BitConverter.GetBytes(revision));
        _processor.WriteMsr((uint)VmxMsr.Ia32FeatureControl, new FeatureControl { Locked = true, VmxOutsideSmx = true }.Value);
        _processor.WriteControlRegister(ControlRegister.Cr4, _processor.ReadControlRegister(ControlRegister.Cr4) | 1 << 13);
        _processor.Vmxon(VmxonRegion).ThrowIfFailed("VMXON");
        _processor.Vmclear(OtherRegion).ThrowIfFailed("VMCLEAR");
        var pages = new PhysicalPageAllocator(_processor.Memory, new PhysicalMemoryRange(0x10_0000, 0x10_0000));
        _vcpu = new VmxVcpuBuilder(_processor, pages) { Guest = VmxGuestState.LongMode(0x8000, 0xF000, 0x1000) }.Build();
        _region = _vcpu.Region;
        _processor.Vmptrld(_region).ThrowIfFailed("VMPTRLD");
        _processor.Vmlaunch(ref _registers).ThrowIfFailed("VMLAUNCH");
    }

    /// <summary>VMREAD.</summary>
    [Benchmark]
    public ulong Vmread() => _processor.Vmread(VmcsField.GuestRip, out var value).IsSuccess ? value : 0;

    /// <summary>VMWRITE.</summary>
    [Benchmark]
    public bool Vmwrite() => _processor.Vmwrite(VmcsField.GuestRip, 0x8000).IsSuccess;

    /// <summary>VMPTRLD of another VMCS, and back.</summary>
    [Benchmark(OperationsPerInvoke = 2)]
    public bool Vmptrld() => _processor.Vmptrld(OtherRegion).IsSuccess & _processor.Vmptrld(_region).IsSuccess;

    /// <summary>VMCLEAR of a VMCS that is not current.</summary>
    [Benchmark]
    public bool Vmclear() => _processor.Vmclear(OtherRegion).IsSuccess;

    /// <summary>VMRESUME, all rules of VM entry with it, to the exit.</summary>
    [Benchmark]
    public bool Vmresume() => _processor.Vmresume(ref _registers).IsSuccess;

    /// <summary>VMLAUNCH, and VMCLEAR and VMPTRLD before it, without which it comes only once.</summary>
    [Benchmark]
    public bool Vmlaunch() =>
        _processor.Vmclear(_region).IsSuccess & _processor.Vmptrld(_region).IsSuccess & _processor.Vmlaunch(ref _registers).IsSuccess;

    private sealed class Exiting : IVmxGuestExecutor
    {
        public IReadOnlyList<string> FindUnsupported(VmxGuest guest) => [];

        public VmExit Run(VmxGuest guest) =>
            new()
            {
                Reason = new ExitReason { BasicReason = BasicExitReason.Cpuid },
                InstructionLength = 2,
            };
    }
}
