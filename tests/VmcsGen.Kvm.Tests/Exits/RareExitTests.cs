using System;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Exits;

/// <summary>What a newer kernel may report, or none of the guests here can bring about: written into the run page.</summary>
public class RareExitTests
{
    [Fact]
    public void Exit_reason_of_a_newer_kernel_passes_as_a_number()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        var exit = guest.RunTo(KvmExitReason.Hlt);
        exit.RunPage.ExitReason = (KvmExitReason)987_654;

        Assert.Equal(987_654u, (uint)exit.Reason);
        Assert.False(exit.IsKnown);
        Assert.Equal("unknown exit reason 987654", exit.ToString());
        var refusal = exit.Refuses<InvalidOperationException>(static exit => _ = exit.Mmio);
        Assert.Contains("987654", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Exit_that_KVM_does_not_know_tells_the_hardware_s_reason()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        var exit = guest.RunTo(KvmExitReason.Hlt);
        exit.RunPage.ExitReason = KvmExitReason.Unknown;
        exit.RunPage.Hw.HardwareExitReason = 0x4D;

        Assert.True(exit.IsKnown);
        Assert.Equal("Unknown: hardware reason 0x4D", exit.ToString());
    }

    [Fact]
    public void Failed_entry_tells_reason_and_host_CPU()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        var exit = guest.RunTo(KvmExitReason.Hlt);
        exit.RunPage.ExitReason = KvmExitReason.FailEntry;
        exit.RunPage.FailEntry.HardwareEntryFailureReason = 0x8000_0021;
        exit.RunPage.FailEntry.Cpu = 3;

        Assert.Equal(0x8000_0021u, exit.FailEntry.HardwareEntryFailureReason);
        Assert.Equal(3u, exit.FailEntry.Cpu);
        // What the reason means depends on whether the processor has VMX or SVM.
        Assert.StartsWith("FailEntry: hardware reason 0x80000021", exit.ToString(), StringComparison.Ordinal);
        Assert.EndsWith(" on host CPU 3", exit.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Hypercall_tells_number_and_arguments_and_takes_a_result()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        var exit = guest.RunTo(KvmExitReason.Hlt);
        exit.RunPage.ExitReason = KvmExitReason.Hypercall;
        exit.RunPage.Hypercall.Nr = 12;
        for (var i = 0; i < 6; i++)
            exit.RunPage.Hypercall.Args[i] = 0x10ul + (ulong)i;

        exit.Hypercall.Answer(0xFFFF_FFFF_FFFF_FFF2);

        Assert.Equal(12u, exit.Hypercall.Number);
        Assert.Equal([0x10, 0x11, 0x12, 0x13, 0x14, 0x15], exit.Hypercall.Arguments.ToArray());
        Assert.Equal(0xFFFF_FFFF_FFFF_FFF2, exit.RunPage.Hypercall.Ret);
        Assert.Equal("Hypercall: number 12, arguments 10 11 12 13 14 15", exit.ToString());
    }

    [Fact]
    public void System_event_tells_type_and_data()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        var exit = guest.RunTo(KvmExitReason.Hlt);
        exit.RunPage.ExitReason = KvmExitReason.SystemEvent;
        exit.RunPage.SystemEvent.Type = KvmSystemEventType.Reset;
        exit.RunPage.SystemEvent.Ndata = 1;
        exit.RunPage.SystemEvent.Data[0] = 0xAB;

        Assert.Equal(KvmSystemEventType.Reset, exit.SystemEvent.Type);
        Assert.Equal([0xAB], exit.SystemEvent.Data.ToArray());
        Assert.Equal("SystemEvent: Reset, data AB", exit.ToString());
    }

    [Fact]
    public void Memory_fault_tells_range_and_access()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        var exit = guest.RunTo(KvmExitReason.Hlt);
        exit.RunPage.ExitReason = KvmExitReason.MemoryFault;
        exit.RunPage.MemoryFault.Gpa = 0x12_3000;
        exit.RunPage.MemoryFault.Size = 0x1000;
        exit.RunPage.MemoryFault.Flags = KvmMemoryFaultFlags.Private;

        Assert.Equal(0x12_3000u, exit.MemoryFault.Gpa);
        Assert.Equal("MemoryFault: 0x1000 bytes at guest physical 0x123000 (Private)", exit.ToString());
    }

    [Fact]
    public void Unknown_exit_has_its_payload_too()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        var exit = guest.RunTo(KvmExitReason.Hlt);
        exit.RunPage.ExitReason = KvmExitReason.Unknown;
        exit.RunPage.Hw.HardwareExitReason = 7;

        Assert.Equal(7u, exit.Unknown.HardwareExitReason);
    }

    [Fact]
    public void Task_priority_exits_tell_the_priority_and_the_instruction()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        var exit = guest.RunTo(KvmExitReason.Hlt);
        exit.RunPage.ExitReason = KvmExitReason.SetTpr;
        exit.RunPage.Cr8 = 9;
        Assert.Equal(9, exit.TaskPriority);
        Assert.Equal("SetTpr: task priority 9", exit.ToString());

        exit.RunPage.ExitReason = KvmExitReason.TprAccess;
        exit.RunPage.TprAccess.Rip = 0x1234;
        exit.RunPage.TprAccess.IsWrite = 1;
        Assert.Equal(0x1234u, exit.TprAccess.Rip);
        Assert.Equal("TprAccess: write by the instruction at 0x1234", exit.ToString());
        exit.Refuses<InvalidOperationException>(static exit => _ = exit.TaskPriority);
    }

    [Fact]
    public void End_of_interrupt_tells_the_vector()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        var exit = guest.RunTo(KvmExitReason.Hlt);
        exit.RunPage.ExitReason = KvmExitReason.IoapicEoi;
        exit.RunPage.Eoi.Vector = 0x41;

        Assert.Equal(0x41, exit.IoapicEoiVector);
        Assert.Equal("IoapicEoi: vector 0x41", exit.ToString());
    }

    [Fact]
    public void Missing_event_window_tells_whether_the_vCPU_can_go_on()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        var exit = guest.RunTo(KvmExitReason.Hlt);
        exit.RunPage.ExitReason = KvmExitReason.Notify;
        exit.RunPage.Notify.Flags = 0;
        Assert.Contains("can go on", exit.ToString(), StringComparison.Ordinal);
        exit.RunPage.Notify.Flags = KvmNotifyFlags.ContextInvalid;

        Assert.Equal(KvmNotifyFlags.ContextInvalid, exit.Notify);
        Assert.Contains("cannot go on", exit.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Hyper_V_exits_are_told_apart_by_their_type()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        var exit = guest.RunTo(KvmExitReason.Hlt);
        exit.RunPage.ExitReason = KvmExitReason.Hyperv;
        ref var hyperv = ref exit.RunPage.Hyperv;

        hyperv.Type = KvmHypervExitType.Hcall;
        hyperv.Data.Hcall.Input = 0x1_005C;
        hyperv.Data.Hcall.Params[0] = 0x1000;
        hyperv.Data.Hcall.Params[1] = 0x2000;
        exit.HypervHypercall.Answer(3);
        Assert.Equal(0x5C, exit.HypervHypercall.CallCode);
        Assert.Equal([0x1000, 0x2000], exit.HypervHypercall.Parameters.ToArray());
        Assert.Equal(3u, hyperv.Data.Hcall.Result);
        Assert.Equal("Hyperv: hypercall 0x5C, parameters 1000 2000", exit.ToString());
        exit.Refuses<InvalidOperationException>(static exit => _ = exit.HypervSynic);

        hyperv.Type = KvmHypervExitType.Synic;
        hyperv.Data.Synic.Msr = 0x4000_0080;
        Assert.Equal(0x4000_0080u, exit.HypervSynic.Msr);
        Assert.Equal("Hyperv: synthetic interrupt controller, MSR 0x40000080", exit.ToString());
        exit.Refuses<InvalidOperationException>(static exit => _ = exit.HypervHypercall);

        hyperv.Type = (KvmHypervExitType)77;
        Assert.Equal("Hyperv: unknown type 77", exit.ToString());
    }

    [Fact]
    public void Xen_hypercall_tells_number_and_arguments_and_takes_a_result()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        var exit = guest.RunTo(KvmExitReason.Hlt);
        exit.RunPage.ExitReason = KvmExitReason.Xen;
        ref var xen = ref exit.RunPage.Xen;
        xen.Type = KvmXenExitType.Hcall;
        xen.Data.Hcall.Longmode = 1;
        xen.Data.Hcall.Cpl = 3;
        xen.Data.Hcall.Input = 17;
        for (var i = 0; i < 6; i++)
            xen.Data.Hcall.Params[i] = (ulong)i;

        exit.XenHypercall.Answer(5);

        Assert.Equal(17u, exit.XenHypercall.Number);
        Assert.True(exit.XenHypercall.IsLongMode);
        Assert.Equal(3, exit.XenHypercall.PrivilegeLevel);
        Assert.Equal([0, 1, 2, 3, 4, 5], exit.XenHypercall.Arguments.ToArray());
        Assert.Equal(5u, xen.Data.Hcall.Result);
        Assert.Equal("Xen: hypercall 17 from CPL 3, arguments 0 1 2 3 4 5", exit.ToString());
    }

    [Fact]
    public void TDVMCALL_is_answered_in_place()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        var exit = guest.RunTo(KvmExitReason.Hlt);
        exit.RunPage.ExitReason = KvmExitReason.Tdx;
        exit.RunPage.Tdx.Nr = KvmTdxExit.GetTdVmCallInfoNumber;
        exit.RunPage.Tdx.Unknown.Ret = 99;

        exit.Tdx.AnswerTdVmCallInfo(r11: 1, r12: 2);

        Assert.Equal(0u, exit.Tdx.Status);
        Assert.Equal((1u, 2u), (exit.Tdx.GetTdVmCallInfo.R11, exit.Tdx.GetTdVmCallInfo.R12));
        Assert.Equal("Tdx: TDVMCALL 0x10000", exit.ToString());
        exit.Refuses<InvalidOperationException>(static exit => _ = exit.Tdx.GetQuote);
    }

    [Theory]
    [InlineData(KvmExitReason.X86BusLock, "X86BusLock: ")]
    [InlineData(KvmExitReason.DirtyRingFull, "DirtyRingFull: ")]
    [InlineData(KvmExitReason.IrqWindowOpen, "IrqWindowOpen: ")]
    [InlineData(KvmExitReason.Nmi, "Nmi")]
    public void Exit_without_payload_is_described_by_its_name(KvmExitReason reason, string expected)
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        var exit = guest.RunTo(KvmExitReason.Hlt);
        exit.RunPage.ExitReason = reason;

        Assert.True(exit.IsKnown);
        Assert.StartsWith(expected, exit.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_known_exit_can_be_described()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        var exit = guest.RunTo(KvmExitReason.Hlt);

        foreach (var reason in Enum.GetValues<KvmExitReason>())
        {
            exit.RunPage.ExitReason = reason;
            Assert.StartsWith($"{reason}", exit.ToString(), StringComparison.Ordinal);
        }
    }
}
