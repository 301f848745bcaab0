using VmcsGen.Vmx.Bochs.Tests.Testing;
using VmcsGen.Vmx.Creation;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.Testing;
using Xunit;

namespace VmcsGen.Vmx.Bochs.Tests.Vmx;

/// <summary>What takes time on Bochs is the way to the agent and back: how often it is gone.</summary>
public sealed class RoundTripTests(MachinePool machines) : IClassFixture<MachinePool>
{
    [Fact]
    public void A_turn_of_a_guest_is_one_round_trip()
    {
        var cpu = machines.Get(BochsMachine.DefaultModel).Cpu;
        var free = cpu.FreeMemory;
        var pages = new PhysicalPageAllocator(cpu.Memory, new PhysicalMemoryRange(free.Start + 0x10_0000, 0x10_0000));
        using var vcpu = new VmxVcpuBuilder(cpu, pages)
        {
            Guest = VmxGuestState.RealMode(0, 0x8000, 0xF000),
            Memory = [new EptMapping(0, free.Start, 0x10_0000)],
        }.Build();
        cpu.Memory.Write(free.Start + 0x8000, [0x0F, 0xA2, 0x0F, 0x01, 0xC1]); // cpuid; vmcall
        vcpu.Registers = new GeneralRegisters
        {
            Rax = 0x8000_0000_0000_0001,
            Rcx = 0x1234,
            R15 = ulong.MaxValue,
            R8 = 0xFF,
            Rsi = 0x100,
        };

        var before = cpu.RoundTrips;
        Assert.Equal(BasicExitReason.Cpuid, vcpu.Run().BasicReason);
        Assert.Equal(1, cpu.RoundTrips - before);

        Assert.Equal(
            new GeneralRegisters
            {
                Rax = 0x8000_0000_0000_0001,
                Rcx = 0x1234,
                R15 = ulong.MaxValue,
                R8 = 0xFF,
                Rsi = 0x100,
            },
            vcpu.Registers
        );
        var vmcs = vcpu.Vmcs;
        vmcs.GuestRip += 2;
        before = cpu.RoundTrips;
        var exit = vcpu.Run();
        Assert.Equal((BasicExitReason.Vmcall, 3u), (exit.BasicReason, exit.InstructionLength));
        Assert.Equal(1, cpu.RoundTrips - before);
    }

    [Fact]
    public void A_snapshot_is_one_round_trip()
    {
        var cpu = machines.Get(BochsMachine.DefaultModel).Cpu;
        var rig = new VmxRig(cpu, cpu.FreeMemory.Start);
        rig.Prepare(VmxStage.Programmed);
        var vmcs = rig.Vmcs;

        var before = cpu.RoundTrips;
        var snapshot = VmcsSnapshot.Capture(vmcs);
        Assert.Equal(1, cpu.RoundTrips - before);

        foreach (var field in snapshot)
        {
            Assert.Equal(VmxResult.Success, cpu.Vmread(field.Info.Field, out var value));
            Assert.Equal(value, field.Value);
        }
    }

    // CPUID; MSRs; the current VMCS; the fields. The capabilities are known since the first VMCS was made.
    [Fact]
    public void A_diagnosis_is_four_round_trips()
    {
        var cpu = machines.Get(BochsMachine.DefaultModel).Cpu;
        var rig = new VmxRig(cpu, cpu.FreeMemory.Start);
        rig.Prepare(VmxStage.Programmed);
        Assert.Equal([], cpu.Capabilities.FindDifferences(rig.Capabilities));

        var before = cpu.RoundTrips;
        var report = VmEntryChecker.Diagnose(cpu);
        Assert.Equal(4, cpu.RoundTrips - before);
        Assert.Empty(report.Violations);
    }

    // CPUID; IA32_VMX_BASIC; what it tells of; the MSRs of words that those words activate; and the ones that these activate, with EPT's.
    [Fact]
    public void Reading_the_capabilities_is_five_round_trips_and_then_none()
    {
        var cpu = machines.Get(BochsMachine.DefaultModel).Cpu;

        var before = cpu.RoundTrips;
        Assert.True(VmxCapabilities.Read(cpu).EptVpid.PageWalkLength4);
        Assert.Equal(5, cpu.RoundTrips - before);

        var kept = cpu.Capabilities;
        before = cpu.RoundTrips;
        Assert.Same(kept, cpu.Capabilities);
        Assert.Equal(0, cpu.RoundTrips - before);
    }

    [Fact]
    public void A_turn_that_fails_says_which_instruction_did_and_reads_nothing()
    {
        var cpu = machines.Get(BochsMachine.DefaultModel).Cpu;
        var rig = new VmxRig(cpu, cpu.FreeMemory.Start);
        rig.Prepare(VmxStage.Launched);
        GeneralRegisters registers = default;
        var values = new ulong[1];
        var outcomes = new VmxResult[1];

        Assert.Equal(
            VmxResult.FailValid(VmInstructionError.VmlaunchNonClearVmcs),
            cpu.Enter(rig.VmcsRegion, isLaunched: false, ref registers, [VmcsField.ExitReason], values, outcomes)
        );
        Assert.Equal(
            VmxResult.FailValid(VmInstructionError.VmptrldVmxonPointer),
            cpu.Enter(rig.VmxonRegion, isLaunched: true, ref registers, [VmcsField.ExitReason], values, outcomes)
        );
        Assert.Equal(0UL, values[0]);
        rig.Prepare(VmxStage.Outside);
        Assert.Throws<ProcessorFaultException>(() =>
            cpu.Enter(rig.VmcsRegion, true, ref registers, [VmcsField.ExitReason], values, outcomes)
        );
    }

    [Fact]
    public void Fields_that_a_processor_lacks_have_their_own_outcome_among_others()
    {
        var cpu = machines.Get(BochsMachine.DefaultModel).Cpu;
        var rig = new VmxRig(cpu, cpu.FreeMemory.Start);
        rig.Prepare(VmxStage.Programmed);
        var values = new ulong[3];
        var outcomes = new VmxResult[3];

        ((IVmxProcessor)cpu).Vmread([VmcsField.GuestRip, (VmcsField)0x1234, VmcsField.VmcsLinkPointer], values, outcomes);

        Assert.Equal([rig.Code, 0, ulong.MaxValue], values);
        Assert.Equal([VmxResult.Success, VmxResult.FailValid(VmInstructionError.UnsupportedVmcsComponent), VmxResult.Success], outcomes);
    }
}
