using System;
using System.Linq;
using VmcsGen.Vmx.Software;
using VmcsGen.Vmx.Testing;
using Xunit;

namespace VmcsGen.Vmx.Tests.Software;

/// <summary>Events from outside at guests of the software processor. The tests on Bochs have the same scenarios.</summary>
public sealed class EventTests
{
    public static TheoryData<string> Names { get; } = new(EventScenarios.All.Select(static one => one.Name));

    [Theory]
    [MemberData(nameof(Names))]
    public void A_guest_exits_as_the_SDM_says(string name)
    {
        var one = EventScenarios.Named(name);

        Assert.Equal(one.Expected, one.Run(Rig()));
    }

    [Fact]
    public void An_interrupt_that_no_VM_exit_acknowledges_stays_pending_until_the_program_takes_it()
    {
        var rig = Rig();
        rig.Prepare(VmxStage.Programmed);
        LongModeGuest.Require(rig, new() { PinBased = new() { ExternalInterruptExiting = true } });
        rig.Processor.Pend(VmxEvent.ExternalInterrupt(0x40));

        Assert.Equal(VmxOutcome.Exit(BasicExitReason.ExternalInterrupt), rig.Launch());
        Assert.Equal(VmxOutcome.Exit(BasicExitReason.ExternalInterrupt), rig.Resume());
        Assert.True(rig.Processor.TryAcknowledgeInterrupt(out var vector));
        Assert.Equal(0x40, vector);
        Assert.Equal(VmxOutcome.Exit(BasicExitReason.Cpuid), rig.Resume());
        Assert.False(rig.Processor.TryAcknowledgeInterrupt(out _));
    }

    // SDM 3A 12.8.3.1: only interrupts of a class above the task priority are delivered.
    [Fact]
    public void The_task_priority_holds_interrupts_of_its_class_back()
    {
        var rig = Rig();
        rig.Processor.Pend(VmxEvent.ExternalInterrupt(0x4F));
        rig.Processor.WriteControlRegister(ControlRegister.Cr8, 4);
        Assert.False(rig.Processor.TryAcknowledgeInterrupt(out _));

        rig.Processor.WriteControlRegister(ControlRegister.Cr8, 3);
        Assert.True(rig.Processor.TryAcknowledgeInterrupt(out _));
    }

    // SDM 3C 26.2: of what is pending at once, the events exit in the order of their priority, and a window comes behind its event.
    [Fact]
    public void Events_and_windows_exit_by_priority()
    {
        var rig = Rig();
        rig.Prepare(VmxStage.Programmed);
        LongModeGuest.Require(
            rig,
            new()
            {
                PinBased = new()
                {
                    ExternalInterruptExiting = true,
                    NmiExiting = true,
                    VirtualNmis = true,
                },
                PrimaryProcessorBased = new() { NmiWindowExiting = true, InterruptWindowExiting = true },
                PrimaryVmExit = new() { AcknowledgeInterruptOnExit = true },
            }
        );
        var vmcs = rig.Vmcs;
        vmcs.GuestRflags = 0x202;
        foreach (var pending in (VmxEvent[])[VmxEvent.ExternalInterrupt(0x40), VmxEvent.Nmi, VmxEvent.Init])
            rig.Processor.Pend(pending);

        Assert.Equal(VmxOutcome.Exit(BasicExitReason.InitSignal), rig.Launch());
        Assert.Equal(VmxOutcome.Exit(BasicExitReason.ExceptionOrNmi), rig.Resume());
        Assert.Equal(VmxOutcome.Exit(BasicExitReason.NmiWindow), rig.Resume());
        LongModeGuest.Require(
            rig,
            new()
            {
                PinBased = new() { ExternalInterruptExiting = true },
                PrimaryProcessorBased = new() { InterruptWindowExiting = true },
                PrimaryVmExit = new() { AcknowledgeInterruptOnExit = true },
            }
        );
        Assert.Equal(VmxOutcome.Exit(BasicExitReason.ExternalInterrupt), rig.Resume());
        Assert.Equal(VmxOutcome.Exit(BasicExitReason.InterruptWindow), rig.Resume());
    }

    [Fact]
    public void A_SIPI_is_lost_where_the_guest_does_not_wait_for_one()
    {
        var rig = Rig();
        rig.Prepare(VmxStage.Programmed);
        rig.Processor.Pend(VmxEvent.Sipi(1));

        Assert.Equal(VmxOutcome.Exit(BasicExitReason.Cpuid), rig.Launch());

        var vmcs = rig.Vmcs;
        vmcs.GuestActivityState = ActivityState.WaitForSipi;
        Assert.Equal(VmxOutcome.Exit(BasicExitReason.Cpuid), rig.Resume());
    }

    [Fact]
    public void INIT_is_blocked_in_a_guest_that_waits_for_a_SIPI()
    {
        var rig = Rig();
        rig.Prepare(VmxStage.Programmed);
        var vmcs = rig.Vmcs;
        vmcs.GuestActivityState = ActivityState.WaitForSipi;
        rig.Processor.Pend(VmxEvent.Init);
        rig.Processor.Pend(VmxEvent.Sipi(0x12));

        Assert.Equal(VmxOutcome.Exit(BasicExitReason.StartupIpi), rig.Launch());
        vmcs.GuestActivityState = ActivityState.Active;
        Assert.Equal(VmxOutcome.Exit(BasicExitReason.InitSignal), rig.Resume());
    }

    [Fact]
    public void INIT_is_refused_where_it_would_reset_the_processor()
    {
        var rig = Rig();
        rig.Prepare(VmxStage.Outside);
        Assert.Throws<InvalidOperationException>(() => rig.Processor.Pend(VmxEvent.Init));

        rig.Prepare(VmxStage.Root);
        rig.Processor.Pend(VmxEvent.Init);
        Assert.Throws<InvalidOperationException>(() => rig.Processor.Vmxoff());
    }

    [Fact]
    public void The_vectors_of_exceptions_are_no_interrupts()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => VmxEvent.ExternalInterrupt(31));
        Assert.Equal(32, VmxEvent.ExternalInterrupt(32).Vector);
    }

    private static VmxRig Rig() =>
        new(new SoftwareVmx(new PhysicalMemory(SoftwareMachine.MemorySize), executor: new ScriptedExecutor()), memory: 0x10_0000);
}
