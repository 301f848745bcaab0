using System;
using System.Threading;
using VmcsGen.Vmx.Bochs.Tests.Testing;
using VmcsGen.Vmx.Creation;
using VmcsGen.Vmx.Structures;
using VmcsGen.Vmx.Testing;
using Xunit;

namespace VmcsGen.Vmx.Bochs.Tests.Vmx;

/// <summary>Guests of the ring-0 agent whose turn a token ends.</summary>
public sealed class CancelledGuestTests(MachinePool machines) : IClassFixture<MachinePool>
{
    // INC RAX; TEST ESI, ESI; JZ back to the start; VMCALL.
    private static readonly byte[] s_count = [0x48, 0xFF, 0xC0, 0x85, 0xF6, 0x74, 0xF9, 0x0F, 0x01, 0xC1];

    private static readonly TimeSpan s_turn = TimeSpan.FromMilliseconds(50);

    public static TheoryData<string> WithTimer => ["corei7_haswell_4770", "corei7_skylake_x", "tigerlake"];

    [Theory]
    [MemberData(nameof(WithTimer))]
    public void A_guest_that_loops_for_ever_is_left_and_goes_on(string model)
    {
        using var vcpu = Build(model);
        var controls = vcpu.Vmcs.PinBasedControls;
        var vmcs = vcpu.Vmcs;
        vmcs.VmxPreemptionTimerValue = 0x1234;
        var before = 0UL;
        for (var i = 0; i < 3; i++)
        {
            Cancel(vcpu);
            Assert.True(vcpu.Registers.Rax > before);
            before = vcpu.Registers.Rax;
            Assert.InRange((ulong)vmcs.GuestRip, Code(vcpu), Code(vcpu) + 5);
            Assert.Equal((controls, 0x1234u), (vmcs.PinBasedControls, vmcs.VmxPreemptionTimerValue));
        }
        vcpu.Registers.Rsi = 1;
        using var source = new CancellationTokenSource();
        Assert.Equal(BasicExitReason.Vmcall, vcpu.Run(source.Token).BasicReason);
        Assert.Equal((controls, 0x1234u), (vmcs.PinBasedControls, vmcs.VmxPreemptionTimerValue));
    }

    [Fact]
    public void A_guest_that_is_left_many_times_ends_with_the_count_that_it_had_alone()
    {
        const uint Rounds = 30_000_000;
        using var vcpu = Build("corei7_skylake_x");
        // INC RAX; DEC ECX; JNZ back to the start; VMCALL.
        vcpu.Processor.Memory.Write(Code(vcpu), [0x48, 0xFF, 0xC0, 0xFF, 0xC9, 0x75, 0xF9, 0x0F, 0x01, 0xC1]);
        vcpu.Registers.Rcx = Rounds;
        var canceled = 0;
        while (true)
        {
            using var source = new CancellationTokenSource(s_turn);
            try
            {
                Assert.Equal(BasicExitReason.Vmcall, vcpu.Run(source.Token).BasicReason);
                break;
            }
            catch (OperationCanceledException)
            {
                canceled++;
                Assert.InRange(vcpu.Registers.Rax + vcpu.Registers.Rcx, Rounds, Rounds + 1);
            }
        }
        Assert.Equal((Rounds, 0UL), (vcpu.Registers.Rax, vcpu.Registers.Rcx));
        // 3 instructions a round.
        Assert.True(canceled >= 5, $"The guest was left {canceled} times.");
    }

    [Fact]
    public void A_guest_that_halted_is_woken_and_halts_again_until_its_event()
    {
        using var vcpu = Build("corei7_skylake_x", new VmxControlSet { PinBased = new() { ExternalInterruptExiting = true } });
        var vmcs = vcpu.Vmcs;
        vmcs.GuestActivityState = ActivityState.Hlt;
        vmcs.GuestRflags = 0x202;

        Cancel(vcpu);

        Assert.Equal((ActivityState.Hlt, Code(vcpu)), (vmcs.GuestActivityState, (ulong)vmcs.GuestRip));
        vcpu.Processor.Pend(VmxEvent.ExternalInterrupt(0x40));
        Assert.Equal(BasicExitReason.ExternalInterrupt, vcpu.Run().BasicReason);
        Assert.True(vcpu.Processor.TryAcknowledgeInterrupt(out _));
    }

    [Fact]
    public void A_token_that_is_cancelled_before_keeps_the_guest_from_being_entered()
    {
        using var vcpu = Build("corei7_skylake_x");

        Assert.Throws<OperationCanceledException>(() => vcpu.Run(new CancellationToken(canceled: true)));

        Assert.Equal((0UL, Code(vcpu)), (vcpu.Registers.Rax, (ulong)vcpu.Vmcs.GuestRip));
    }

    [Fact]
    public void A_processor_without_the_timer_and_a_VMCS_that_has_it_for_itself_refuse_the_token()
    {
        using var source = new CancellationTokenSource();
        using (var vcpu = Build("core2_penryn_t9600"))
            Expect(vcpu, "this processor does not have");
        using (var vcpu = Build("corei7_skylake_x", new VmxControlSet { PinBased = new() { ActivateVmxPreemptionTimer = true } }))
            Expect(vcpu, "the VMCS has for itself");

        void Expect(VmxVcpu vcpu, string reason)
        {
            var refused = Assert.Throws<NotSupportedException>(() => vcpu.Run(source.Token));
            Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
            Assert.Equal(0UL, vcpu.Registers.Rax);
            // It can be run all the same.
            vcpu.Registers.Rsi = 1;
            Assert.Contains(vcpu.Run().BasicReason, (BasicExitReason[])[BasicExitReason.Vmcall, BasicExitReason.PreemptionTimerExpired]);
        }
    }

    private static void Cancel(VmxVcpu vcpu)
    {
        using var source = new CancellationTokenSource(s_turn);
        Assert.Throws<OperationCanceledException>(() => vcpu.Run(source.Token));
    }

    private static ulong Code(VmxVcpu vcpu) => ((RingZero.RingZeroCpu)vcpu.Processor).FreeMemory.Start;

    private VmxVcpu Build(string model, VmxControlSet required = default)
    {
        var cpu = machines.Get(model).Cpu;
        var free = cpu.FreeMemory;
        cpu.Memory.Write(free.Start, s_count);
        return new VmxVcpuBuilder(cpu, new PhysicalPageAllocator(cpu.Memory, new PhysicalMemoryRange(free.Start + 0x10_0000, 0x10_0000)))
        {
            Guest = VmxGuestState.LongMode(free.Start, free.Start + 0xF000, cpu.ReadControlRegister(ControlRegister.Cr3)),
            Required = required,
        }.Build();
    }
}
