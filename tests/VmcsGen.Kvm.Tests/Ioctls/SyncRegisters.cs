using System;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Ioctls;

/// <summary>The registers in the run page.</summary>
public class SyncRegisters
{
    private const byte Port = 0x11;
    private const KvmSyncRegsFlags AllSets = KvmSyncRegsFlags.Regs | KvmSyncRegsFlags.Sregs | KvmSyncRegsFlags.Events;

    [Fact]
    public void Registers_are_in_the_page_after_an_exit_and_changed_ones_are_loaded()
    {
        using var guest = Create();
        var sync = guest.Vcpu.SyncRegs;
        Assert.Equal(AllSets, sync.Supported & AllSets);
        sync.Stored = AllSets;

        guest.RunToOut(Port);
        Assert.Equal(0x1234_5678u, sync.Regs.Rbx);
        Assert.Equal(Guest.RealModeWindow, sync.Sregs.Fs.Base);
        Assert.Equal(default, sync.Changed);
        sync.ChangeRegs().Rcx = 0x8765_4321;
        Assert.Equal(KvmSyncRegsFlags.Regs, sync.Changed);

        Assert.Equal(0x8765_4321u, guest.RunToOut(Port));
        Assert.Equal(default, sync.Changed);
        Assert.Equal(0x8765_4321u, sync.Regs.Rcx);
    }

    [Fact]
    public void System_registers_and_events_are_loaded_too()
    {
        using var guest = Create();
        guest.SetVector(2, 0x9000);
        guest.Place(0x9000, static code =>
        {
            code.mov(ax, fs);
            code.@out(0x12, ax);
        });
        var sync = guest.Vcpu.SyncRegs;
        sync.Stored = AllSets;
        guest.RunToOut(Port);

        sync.ChangeSregs().Fs.Selector = 0x1234;
        ref var events = ref sync.ChangeEvents();
        events.Nmi.Pending = 1;
        events.Flags = KvmVcpuEventFlags.NmiPending;

        Assert.Equal(0x1234u, guest.RunToOut(0x12));
        Assert.Equal(1, sync.Events.Nmi.Masked);
    }

    [Fact]
    public void Sets_hold_the_present_state_from_the_moment_they_are_asked_for()
    {
        using var guest = Create();
        guest.Restart(new KvmRegs { Rdi = 77 });

        guest.Vcpu.SyncRegs.Stored = KvmSyncRegsFlags.Regs;

        Assert.Equal(77u, guest.Vcpu.SyncRegs.Regs.Rdi);
        Assert.Equal(Guest.CodeAddress, guest.Vcpu.SyncRegs.Regs.Rip);
    }

    [Fact]
    public void Sets_that_are_not_stored_or_not_supported_are_refused()
    {
        using var guest = Create();
        var sync = guest.Vcpu.SyncRegs;
        sync.Stored = KvmSyncRegsFlags.Sregs;

        var refusal = Assert.Throws<InvalidOperationException>(() => sync.Regs.Rax);
        Assert.Contains("Regs", refusal.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => sync.ChangeEvents().Flags);
        Assert.Throws<NotSupportedException>(() => sync.Stored = (KvmSyncRegsFlags)0x8000);
        Assert.Equal(KvmSyncRegsFlags.Sregs, sync.Stored);
        guest.Vcpu.Dispose();
        Assert.Throws<ObjectDisposedException>(() => sync.Sregs.Cr0);
    }

    private static Guest Create() => Guest.Create(
        GuestMode.Real,
        static code =>
        {
            code.mov(ebx, 0x1234_5678);
            code.@out(Port, al);
            code.mov(eax, ecx);
            code.@out(Port, eax);
        },
        null,
        KvmCapability.SyncRegs);
}
