using System;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Exits;

/// <summary>What a newer kernel may report, or none of the guests here can bring about: written into the run page.</summary>
public class UnknownExits
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
        Assert.Equal("FailEntry: hardware reason 0x80000021 on host CPU 3", exit.ToString());
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
}
