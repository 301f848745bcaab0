using System;
using System.Linq;
using VmcsGen.Vmx.Bochs.Tests.Testing;
using VmcsGen.Vmx.RingZero;
using VmcsGen.Vmx.Testing;
using Xunit;

namespace VmcsGen.Vmx.Bochs.Tests.Vmx;

/// <summary>Events from outside at guests on Bochs. The tests of the software processor have the same scenarios.</summary>
public sealed class EventTests(EventTests.Machine fixture) : IClassFixture<EventTests.Machine>
{
    public static TheoryData<string> Names { get; } = new(EventScenarios.All.Select(static one => one.Name));

    private const string BlockedWindow = "The NMI window is not open where virtual NMIs are blocked";

    [Theory]
    [MemberData(nameof(Names))]
    public void A_guest_exits_as_the_SDM_says(string name)
    {
        var one = EventScenarios.Named(name);
        var cpu = fixture.Get(processors: one.NeedsSecondProcessor ? 2 : 1).Cpu;
        var expected = EventDeviation.Of(one) is { } deviation ? deviation.Observed : one.Expected;

        try
        {
            Assert.Equal(expected, one.Run(new VmxRig(cpu, cpu.FreeMemory.Start)));
        }
        catch (RingZeroException)
        {
            // The guest ran on without a VM exit: the others get another machine.
            fixture.Dispose();
            throw;
        }
        if (one.Pending.Contains(VmxEvent.Init) || one.Name == BlockedWindow)
            fixture.Dispose();
    }

    [Fact]
    public void Blocking_of_virtual_NMIs_stays_for_the_next_guest()
    {
        var cpu = fixture.Get(processors: 1).Cpu;
        var window = EventScenarios.Named("The NMI window is open where no virtual NMI is blocked");
        Assert.Equal(BasicExitReason.NmiWindow, window.Run(new VmxRig(cpu, cpu.FreeMemory.Start)).Reason);
        EventScenarios.Named(BlockedWindow).Run(new VmxRig(cpu, cpu.FreeMemory.Start));

        Assert.Equal(BasicExitReason.Cpuid, window.Run(new VmxRig(cpu, cpu.FreeMemory.Start)).Reason);
        fixture.Dispose();
    }

    [Fact]
    public void After_INIT_the_machine_is_kept_from_VMXOFF_which_would_reset_it()
    {
        var machine = fixture.Get(processors: 2);
        var rig = new VmxRig(machine.Cpu, machine.Cpu.FreeMemory.Start);
        Assert.Equal(
            BasicExitReason.InitSignal,
            EventScenarios.All.Single(static one => one.Pending.Contains(VmxEvent.Init)).Run(rig).Reason
        );

        Assert.Contains(
            EventDeviation.InitStays,
            Assert.Throws<NotSupportedException>(() => machine.Cpu.Vmxoff()).Message,
            StringComparison.Ordinal
        );

        machine.AllowsFatalInstructions = true;
        machine.Cpu.Timeout = TimeSpan.FromSeconds(3);
        Assert.Throws<RingZeroException>(() => machine.Cpu.Vmxoff());
        fixture.Dispose();
    }

    [Fact]
    public void What_one_processor_cannot_send_itself_is_refused_by_name()
    {
        var cpu = fixture.Get(processors: 1).Cpu;
        foreach (var pending in (VmxEvent[])[VmxEvent.Nmi, VmxEvent.Init, VmxEvent.Sipi(1)])
        {
            var refused = Assert.Throws<NotSupportedException>(() => cpu.Pend(pending));
            Assert.Contains(pending.ToString(), refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void INIT_is_refused_where_it_would_reset_the_processor()
    {
        var cpu = fixture.Get(processors: 2).Cpu;
        new VmxRig(cpu, cpu.FreeMemory.Start).Prepare(VmxStage.Outside);

        Assert.Throws<InvalidOperationException>(() => cpu.Pend(VmxEvent.Init));
        Assert.NotEqual(0UL, cpu.ReadControlRegister(ControlRegister.Cr0));
    }

    [Fact]
    public void An_interrupt_that_no_VM_exit_acknowledges_stays_pending_until_the_program_takes_it()
    {
        var cpu = fixture.Get(processors: 1).Cpu;
        var rig = new VmxRig(cpu, cpu.FreeMemory.Start);
        rig.Prepare(VmxStage.Programmed);
        LongModeGuest.Require(rig, new() { PinBased = new() { ExternalInterruptExiting = true } });
        var vmcs = rig.Vmcs;
        vmcs.GuestRflags = 0x202;
        cpu.Pend(VmxEvent.ExternalInterrupt(0x40));

        Assert.Equal(VmxOutcome.Exit(BasicExitReason.ExternalInterrupt), rig.Launch());
        Assert.Equal(VmxOutcome.Exit(BasicExitReason.ExternalInterrupt), rig.Resume());
        Assert.True(cpu.TryAcknowledgeInterrupt(out var vector));
        Assert.Equal(0x40, vector);
        Assert.Equal(VmxOutcome.Exit(BasicExitReason.Cpuid), rig.Resume());
        Assert.False(cpu.TryAcknowledgeInterrupt(out _));
    }

    /// <summary>A machine with as many processors as the last scenario needs.</summary>
    public sealed class Machine : IDisposable
    {
        private readonly BochsMachine?[] _machines = new BochsMachine?[2];

        public BochsMachine Get(int processors)
        {
            if (_machines[processors - 1] is { } running)
                return running;
            var machine = TestMachine.Start(processors: processors);
            machine.Cpu.Timeout = TimeSpan.FromSeconds(20);
            return _machines[processors - 1] = machine;
        }

        public void Dispose()
        {
            foreach (var machine in _machines)
                machine?.Dispose();
            Array.Clear(_machines);
        }
    }
}
