using System;
using System.Runtime.InteropServices;
using VmcsGen.Kvm.Tests.Testing;
using VmcsGen.Vmx;
using VmcsGen.Vmx.Kvm;
using VmcsGen.Vmx.RingZero;
using VmcsGen.Vmx.Structures;
using Xunit;

namespace VmcsGen.Kvm.Tests.RingZero;

/// <summary>The ring-0 agent as the firmware of a KVM guest.</summary>
public unsafe class RingZeroGuests
{
    private const uint Efer = 0xC000_0080;
    private const ulong Cr4Vmxe = 1UL << 13;
    private const int CpuidVmx = 1 << 5;

    [Fact]
    public void The_agent_boots_from_reset_into_64_bit_mode()
    {
        using var machine = Start();

        Assert.Equal(0x8000_0031UL, machine.Cpu.ReadControlRegister(ControlRegister.Cr0));
        Assert.Equal(0x500UL, machine.Cpu.ReadMsr(Efer));
        Assert.Equal(machine.Cpu.Cpuid(0), machine.Cpu.Cpuid(0));
        machine.Cpu.WriteControlRegister(ControlRegister.Cr2, 0x1234_5678_9ABC_DEF0);
        Assert.Equal(0x1234_5678_9ABC_DEF0UL, machine.Cpu.ReadControlRegister(ControlRegister.Cr2));
    }

    [Fact]
    public void Memory_through_the_agent_is_the_memory_of_the_VM()
    {
        using var machine = Start();
        var address = machine.Cpu.FreeMemory.Start + 0x123;
        var bytes = new byte[1000];
        new Random(1).NextBytes(bytes.AsSpan(0, 500));

        machine.Cpu.Memory.Write(address, bytes);
        var seen = new byte[bytes.Length];
        machine.Vm.Memory.Read(address, seen);
        Assert.Equal(bytes, seen);

        machine.Vm.Memory.Write(address + 7, (byte)0xA5);
        machine.Cpu.Memory.Read(address + 7, seen.AsSpan(0, 1));
        Assert.Equal(0xA5, seen[0]);
    }

    [Fact]
    public void Faults_are_reported_in_the_order_of_a_batch()
    {
        using var machine = Start();
        var batch = machine.Cpu.CreateBatch();

        var good = batch.ReadMsr(Efer);
        var bad = batch.WriteMsr(Efer, ulong.MaxValue);
        var after = batch.ReadMsr(Efer);
        batch.Execute();

        Assert.Equal(0x500UL, good.Value);
        Assert.Equal(ExceptionVector.GeneralProtection, bad.Fault!.Vector);
        Assert.Equal(0x500UL, after.Value);
    }

    [Fact]
    public void VMX_instructions_work_on_the_vmcs12_of_nested_virtualization_or_fault_where_there_is_none()
    {
        using var machine = Start();
        var cpu = machine.Cpu;
        if ((cpu.Cpuid(1).Ecx & CpuidVmx) == 0)
        {
            var undefined = Assert.Throws<ProcessorFaultException>(() => cpu.Vmxon(cpu.FreeMemory.Start));
            Assert.Equal(ExceptionVector.InvalidOpcode, undefined.Vector);
            var absent = Assert.Throws<ProcessorFaultException>(() => cpu.ReadMsr((uint)VmxMsr.Ia32VmxBasic));
            Assert.Equal(ExceptionVector.GeneralProtection, absent.Vector);
            Assert.Throws<NotSupportedException>(() => VmxCapabilities.Read(cpu));
            TestContext.Current.TestOutputHelper?.WriteLine("No nested virtualization here: the faults were checked, not the VMCS.");
            return;
        }

        var image = ExecuteOnVmcs12(machine);
        Assert.Equal(0x1234_5678UL, (ulong)image.GuestRip);
        Assert.Equal(0x9ABC_DEF0UL, (ulong)image.HostRsp);
    }

    [Fact]
    public void A_triple_fault_gives_an_exception_with_what_KVM_says()
    {
        using var machine = Start();

        var failure = Assert.Throws<RingZeroException>(() =>
            machine.Cpu.WriteControlRegister(ControlRegister.Cr3, machine.Cpu.FreeMemory.Start)
        );

        Assert.False(string.IsNullOrEmpty(failure.MachineOutput));
    }

    [Fact]
    public void Dispose_ends_a_machine_whose_agent_waits_and_leaves_nothing()
    {
        Start().Dispose();
        var before = KvmResources.Count();

        var machine = Start();
        machine.Cpu.ReadMsr(Efer);
        machine.Dispose();
        machine.Dispose();

        Assert.Equal(before, KvmResources.Count());
        Assert.Throws<RingZeroException>(() => machine.Cpu.ReadMsr(Efer));
    }

    private static KvmRingZeroMachine Start()
    {
        using var host = TestHost.Open();
        return KvmRingZeroMachine.Start(host);
    }

    // VMXON, VMPTRLD and two VMWRITE, and then the vmcs12 as KVM gives it away.
    private static Vmcs12 ExecuteOnVmcs12(KvmRingZeroMachine machine)
    {
        var cpu = machine.Cpu;
        var vmxon = cpu.FreeMemory.Start;
        var vmcs = vmxon + 0x1000;
        var basic = new VmxBasic(cpu.ReadMsr((uint)VmxMsr.Ia32VmxBasic));
        var page = new byte[4096];
        new VmxonRegion(page).Initialize(basic);
        cpu.Memory.Write(vmxon, page);
        cpu.Memory.Write(vmcs, page);
        var control = new FeatureControl(cpu.ReadMsr((uint)VmxMsr.Ia32FeatureControl));
        if (!control.Locked)
            cpu.WriteMsr((uint)VmxMsr.Ia32FeatureControl, (control with { Locked = true, VmxOutsideSmx = true }).Value);
        cpu.WriteControlRegister(ControlRegister.Cr4, cpu.ReadControlRegister(ControlRegister.Cr4) | Cr4Vmxe);

        var batch = cpu.CreateBatch();
        RingZeroResult[] results =
        [
            batch.Vmxon(vmxon),
            batch.Vmclear(vmcs),
            batch.Vmptrld(vmcs),
            batch.Vmwrite(VmcsField.GuestRip, 0x1234_5678),
            batch.Vmwrite(VmcsField.HostRsp, 0x9ABC_DEF0),
        ];
        batch.Execute();
        foreach (var result in results)
            result.ThrowIfFailed();

        var state = machine.Vcpu.GetNestedState();
        return MemoryMarshal.Read<Vmcs12>(state.AsSpan(sizeof(KvmNestedState)));
    }
}
