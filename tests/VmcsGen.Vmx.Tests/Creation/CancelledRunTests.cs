using System;
using System.Threading;
using VmcsGen.Vmx.Creation;
using VmcsGen.Vmx.Software;
using VmcsGen.Vmx.Structures;
using VmcsGen.Vmx.Testing;
using VmcsGen.Vmx.Tests.Software;
using Xunit;

namespace VmcsGen.Vmx.Tests.Creation;

/// <summary>A guest's turn that a token ends.</summary>
public sealed class CancelledRunTests : IDisposable
{
    private const uint GsBase = 0xC000_0101;
    private const uint Lstar = 0xC000_0082;

    private readonly CancellationTokenSource _source = new();
    private Func<VmxGuest, VmExit> _run = static _ => Cpuid;

    private static VmExit Cpuid =>
        new()
        {
            Reason = new ExitReason { BasicReason = BasicExitReason.Cpuid },
            InstructionLength = 2,
        };

    public void Dispose() => _source.Dispose();

    [Fact]
    public void A_guest_that_never_exits_is_left_between_two_instructions()
    {
        using var vcpu = Build(out var processor);
        var vmcs = vcpu.Vmcs;
        vmcs.GuestRflags = 0x202;
        vmcs.EntryInterruptionInformation = new() { Valid = true, Vector = 0x30 };
        var host = processor.ReadMsr(GsBase);
        _run = guest =>
        {
            guest.WriteMsr(GsBase, 0x1234);
            return Count(guest, cancelAt: 5, exitAt: ulong.MaxValue);
        };

        var canceled = Assert.Throws<OperationCanceledException>(() => vcpu.Run(_source.Token));

        Assert.Equal(_source.Token, canceled.CancellationToken);
        Assert.Equal((5UL, 0x8005UL), (vcpu.Registers.Rax, (ulong)vcpu.Vmcs.GuestRip));
        Assert.Equal(host, processor.ReadMsr(GsBase));
        Assert.False(vcpu.Vmcs.EntryInterruptionInformation.Valid);
        // By VMRESUME: VMLAUNCH would fail.
        _run = static _ => Cpuid;
        Assert.Equal(BasicExitReason.Cpuid, vcpu.Run().BasicReason);
    }

    [Fact]
    public void A_guest_that_is_left_a_hundred_times_has_counted_exactly()
    {
        using var vcpu = Build(out _);
        for (var i = 1UL; i <= 100; i++)
        {
            using var source = new CancellationTokenSource();
            _run = guest => Count(guest, cancelAt: i * 7, exitAt: 1000, source);
            Assert.Throws<OperationCanceledException>(() => vcpu.Run(source.Token));
            Assert.Equal(i * 7, vcpu.Registers.Rax);
        }
        _run = guest => Count(guest, cancelAt: 0, exitAt: 1000);
        Assert.Equal(BasicExitReason.Cpuid, vcpu.Run().BasicReason);
        Assert.Equal((1000UL, 0x8000UL + 1000), (vcpu.Registers.Rax, (ulong)vcpu.Vmcs.GuestRip));
    }

    [Fact]
    public void A_token_that_is_cancelled_before_keeps_the_guest_from_being_entered()
    {
        using var vcpu = Build(out var processor);
        _source.Cancel();

        Assert.Throws<OperationCanceledException>(() => vcpu.Run(_source.Token));

        Assert.Equal(0, ((ScriptedExecutor)processor.Executor!).Runs);
        // By VMLAUNCH: VMRESUME would fail.
        Assert.Equal(BasicExitReason.Cpuid, vcpu.Run().BasicReason);
    }

    [Fact]
    public void A_VM_exit_that_meets_the_cancellation_is_returned_first()
    {
        using var vcpu = Build(out _);
        _run = _ =>
        {
            _source.Cancel();
            return Cpuid;
        };

        Assert.Equal(BasicExitReason.Cpuid, vcpu.Run(_source.Token).BasicReason);
        Assert.Throws<OperationCanceledException>(() => vcpu.Run(_source.Token));
    }

    [Fact]
    public void A_guest_that_halted_is_woken_and_halts_again_until_its_event()
    {
        using var vcpu = Build(out var processor);
        var vmcs = vcpu.Vmcs;
        vmcs.GuestActivityState = ActivityState.Hlt;
        vmcs.GuestRflags = 0x202;
        _run = static guest =>
        {
            guest.CancellationToken.WaitHandle.WaitOne();
            guest.CancellationToken.ThrowIfCancellationRequested();
            return Cpuid;
        };
        _source.CancelAfter(20);

        Assert.Throws<OperationCanceledException>(() => vcpu.Run(_source.Token));

        Assert.Equal(ActivityState.Hlt, vcpu.Vmcs.GuestActivityState);
        processor.Pend(VmxEvent.ExternalInterrupt(0x30));
        Assert.Equal(BasicExitReason.ExternalInterrupt, vcpu.Run().BasicReason);
    }

    [Fact]
    public void The_VM_exit_information_of_the_VM_exit_before_stays()
    {
        using var vcpu = Build(out _);
        var before = vcpu.Run();
        _run = guest => Count(guest, cancelAt: 1, exitAt: ulong.MaxValue);

        Assert.Throws<OperationCanceledException>(() => vcpu.Run(_source.Token));

        Assert.Equal(before, VmExit.Read(vcpu.Vmcs));
    }

    [Fact]
    public void What_an_executor_cancels_on_its_own_is_a_failure_and_no_VM_entry()
    {
        using var vcpu = Build(out var processor);
        var lstar = processor.ReadMsr(Lstar);
        using var other = new CancellationTokenSource();
        other.Cancel();
        foreach (var token in (CancellationToken[])[CancellationToken.None, other.Token])
        {
            _run = guest =>
            {
                guest.WriteMsr(Lstar, 0x7777);
                throw new OperationCanceledException(token);
            };
            Assert.Throws<OperationCanceledException>(() => vcpu.Run());
            Assert.Throws<OperationCanceledException>(() => vcpu.Run(_source.Token));
            Assert.Equal(lstar, processor.ReadMsr(Lstar));
        }
        _run = static _ => Cpuid;
        // By VMLAUNCH.
        Assert.Equal(BasicExitReason.Cpuid, vcpu.Run().BasicReason);
    }

    [Fact]
    public void A_processor_that_cannot_end_a_turn_refuses_the_token_and_enters_nothing()
    {
        var rig = new CreationRig(executor: new ScriptedExecutor());
        using var vcpu = rig.Builder().Build();

        var refused = Assert.Throws<NotSupportedException>(() => vcpu.Run(_source.Token));

        Assert.Contains("preemption timer", refused.Message, StringComparison.Ordinal);
        Assert.Equal(BasicExitReason.Cpuid, vcpu.Run().BasicReason);
    }

    private VmxVcpu Build(out SoftwareVmx processor)
    {
        processor = new SoftwareMachine(executor: new ScriptedExecutor(guest => _run(guest))).EnterVmxOperation().Processor;
        return new VmxVcpuBuilder(processor, new PhysicalPageAllocator(processor.Memory, new PhysicalMemoryRange(0x20_0000, 0x10_0000)))
        {
            Guest = VmxGuestState.LongMode(0x8000, 0xF000, 0x1000),
            Required = new VmxControlSet { PinBased = new() { ExternalInterruptExiting = true } },
        }.Build();
    }

    // Each instruction is a byte long and adds 1 to RAX.
    private VmExit Count(VmxGuest guest, ulong cancelAt, ulong exitAt, CancellationTokenSource? source = null)
    {
        var vmcs = guest.Vmcs;
        while (guest.Registers.Rax < exitAt)
        {
            guest.CancellationToken.ThrowIfCancellationRequested();
            guest.Registers = guest.Registers with { Rax = guest.Registers.Rax + 1 };
            vmcs.GuestRip++;
            if (guest.Registers.Rax == cancelAt)
                (source ?? _source).Cancel();
        }
        return Cpuid;
    }
}
