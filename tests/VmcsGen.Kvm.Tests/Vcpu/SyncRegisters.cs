using System;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Vcpu;

/// <summary>Registers in the run page, read and written without an ioctl.</summary>
public class SyncRegisters
{
    private const KvmSyncRegsFlags All = KvmSyncRegsFlags.Regs | KvmSyncRegsFlags.Sregs | KvmSyncRegsFlags.Events;

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void Registers_are_there_after_an_exit_without_an_ioctl(GuestMode mode)
    {
        using var guest = CreateCounter(mode);
        guest.Vcpu.SyncRegs.Stored = All;

        for (var i = 1u; i <= 3; i++)
        {
            guest.RunToOut(GuestPrograms.Port);
            using var gets = LibcFault.Watch(KvmIoctl.KVM_GET_REGS);
            Assert.Equal(i, guest.Vcpu.SyncRegs.Regs.Rbx);
            Assert.Equal(0, gets.Calls);
        }
        guest.Vcpu.GetRegs(out var regs);
        guest.Vcpu.GetSregs(out var sregs);
        Assert.Equal(regs, guest.Vcpu.SyncRegs.Regs);
        Assert.Equal((sregs.Cr0, sregs.Cr3, sregs.Cs, sregs.Tr), State(guest.Vcpu.SyncRegs.Sregs));
        Assert.Equal(0, guest.Vcpu.SyncRegs.Events.Exception.Injected);

        static (ulong, ulong, KvmSegment, KvmSegment) State(in KvmSregs sregs) => (sregs.Cr0, sregs.Cr3, sregs.Cs, sregs.Tr);
    }

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void Changed_registers_are_loaded_by_the_next_Run(GuestMode mode)
    {
        using var guest = CreateCounter(mode);
        guest.Vcpu.SyncRegs.Stored = KvmSyncRegsFlags.Regs;
        guest.RunToOut(GuestPrograms.Port);

        using (var sets = LibcFault.Watch(KvmIoctl.KVM_SET_REGS))
        {
            guest.Vcpu.SyncRegs.ChangeRegs().Rbx = 1000;
            Assert.Equal(KvmSyncRegsFlags.Regs, guest.Vcpu.SyncRegs.Changed);
            guest.RunToOut(GuestPrograms.Port);
            Assert.Equal(0, sets.Calls);
        }

        Assert.Equal(default, guest.Vcpu.SyncRegs.Changed);
        Assert.Equal(1001u, guest.Vcpu.SyncRegs.Regs.Rbx);
    }

    [Fact]
    public void Changed_special_registers_are_loaded_by_the_next_Run()
    {
        using var guest = Guest.Create(
            GuestMode.Real,
            static code =>
            {
                code.@out(GuestPrograms.Port, al);
                code.mov(al, __.fs[0]);
                code.@out(GuestPrograms.Port, al);
            },
            null,
            KvmCapability.SyncRegs
        );
        guest.Vcpu.SyncRegs.Stored = KvmSyncRegsFlags.Sregs;
        guest.Memory.Write(Guest.DataAddress, (byte)77);
        guest.RunToOut(GuestPrograms.Port);
        Assert.Equal(Guest.RealModeWindow, guest.Vcpu.SyncRegs.Sregs.Fs.Base);

        guest.Vcpu.SyncRegs.ChangeSregs().Fs.Base = Guest.DataAddress;

        Assert.Equal(77u, guest.RunToOut(GuestPrograms.Port));
    }

    [Fact]
    public void Changed_events_are_loaded_by_the_next_Run()
    {
        using var guest = Guest.Create(GuestMode.Real, GuestPrograms.ReportForEver, null, KvmCapability.SyncRegs);
        guest.SetVector(13, 0x9000);
        guest.Place(0x9000, static code => code.@out(0x99, al));
        guest.Vcpu.SyncRegs.Stored = KvmSyncRegsFlags.Events;
        guest.RunToOut(GuestPrograms.Port);

        ref var events = ref guest.Vcpu.SyncRegs.ChangeEvents();
        events.Exception.Injected = 1;
        events.Exception.Nr = 13;

        guest.RunToOut(0x99);
    }

    [Fact]
    public void Sets_hold_the_present_state_from_when_they_are_asked_for()
    {
        using var guest = CreateCounter(GuestMode.Real);

        guest.Vcpu.SyncRegs.Stored = All;

        Assert.Equal(Guest.CodeAddress, guest.Vcpu.SyncRegs.Regs.Rip);
        Assert.Equal(Guest.RealModeWindow, guest.Vcpu.SyncRegs.Sregs.Fs.Base);
        guest.Vcpu.SyncRegs.ChangeRegs().Rbx = 500;
        guest.RunToOut(GuestPrograms.Port);
        Assert.Equal(501u, guest.Vcpu.SyncRegs.Regs.Rbx);
    }

    [Fact]
    public void Set_that_is_not_stored_cannot_be_read_or_changed()
    {
        using var guest = CreateCounter(GuestMode.Real);
        var sync = guest.Vcpu.SyncRegs;
        Assert.Same(sync, guest.Vcpu.SyncRegs);
        Assert.Equal(default, sync.Stored);

        sync.Stored = KvmSyncRegsFlags.Sregs;
        _ = sync.Sregs.Cr0;
        var refusal = Assert.Throws<InvalidOperationException>(() =>
        {
            _ = sync.Regs.Rax;
        });
        Assert.Contains("Regs", refusal.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() =>
        {
            sync.ChangeRegs().Rax = 1;
        });
        Assert.Throws<InvalidOperationException>(() =>
        {
            _ = sync.Events.Flags;
        });
        Assert.Throws<InvalidOperationException>(() =>
        {
            sync.ChangeEvents().Flags = 0;
        });
        Assert.Equal(default, sync.Changed);

        sync.Stored = 0;
        guest.RunToOut(GuestPrograms.Port);
        Assert.Throws<InvalidOperationException>(() =>
        {
            _ = sync.Sregs.Cr0;
        });
    }

    [Fact]
    public void Set_that_KVM_does_not_have_is_refused_and_the_message_names_the_capability()
    {
        using var guest = CreateCounter(GuestMode.Real);
        Assert.Equal((KvmSyncRegsFlags)guest.Vm.Check(KvmCapability.SyncRegs), guest.Vcpu.SyncRegs.Supported);

        const KvmSyncRegsFlags Unknown = (KvmSyncRegsFlags)0x100;
        var refusal = Assert.Throws<NotSupportedException>(() => guest.Vcpu.SyncRegs.Stored = KvmSyncRegsFlags.Regs | Unknown);

        Assert.Contains("KVM_CAP_SYNC_REGS", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(default, guest.Vcpu.SyncRegs.Stored);
        guest.RunToOut(GuestPrograms.Port);
    }

    [Fact]
    public void Registers_are_refused_after_Dispose()
    {
        using var guest = CreateCounter(GuestMode.Real);
        var sync = guest.Vcpu.SyncRegs;
        sync.Stored = All;
        guest.Vcpu.Dispose();

        Assert.Throws<ObjectDisposedException>(() =>
        {
            _ = sync.Regs.Rax;
        });
        Assert.Throws<ObjectDisposedException>(() =>
        {
            sync.ChangeSregs().Cr3 = 0;
        });
        Assert.Throws<ObjectDisposedException>(() => sync.Stored);
        Assert.Throws<ObjectDisposedException>(() => sync.Stored = 0);
        using var other = CreateCounter(GuestMode.Real);
        other.Vcpu.Dispose();
        Assert.Throws<ObjectDisposedException>(() => other.Vcpu.SyncRegs);
    }

    // Counts in EBX and reports each time.
    private static Guest CreateCounter(GuestMode mode) =>
        Guest.Create(
            mode,
            static code =>
            {
                var loop = code.CreateLabel();
                code.Label(ref loop);
                code.inc(ebx);
                code.@out(GuestPrograms.Port, al);
                code.jmp(loop);
            },
            null,
            KvmCapability.SyncRegs
        );
}
