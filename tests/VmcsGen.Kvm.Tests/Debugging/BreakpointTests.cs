using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Debugging;

/// <summary>
/// Breakpoints in guest memory. With VMX and SVM INT3 ends in a debug exit. KVM's instruction emulator, which executes what runs
/// at CPL 0 where a host has neither, refuses INT3 in protected and 64-bit mode with an internal error, and in real mode gives
/// the guest the exception; at CPL 3 such a KVM gives it to the guest too.
/// </summary>
public class BreakpointTests
{
    private const byte Port = 0x11;
    private const byte HandlerPort = 0x13;
    private const ulong Handler = 0x9000;
    private const byte BreakpointVector = 3;
    private const byte Int3 = 0xCC;

    // What a processor with VMX or SVM does, whatever this host's KVM does: breakpoints are INT3 in memory then.
    private static readonly GuestDebugAbilities s_processor = new(true, true, true, true);

    public static TheoryData<GuestMode> Reported { get; } = [GuestMode.Protected, GuestMode.LongSupervisor];

    [Theory, MemberData(nameof(Reported))]
    public void Continue_stops_at_each_and_executes_what_was_there(GuestMode mode)
    {
        using var guest = Create(mode);
        using var debugger = new GuestDebugger(guest.Vcpu);
        var (first, second) = (Guest.CodeAddress + 1, Guest.CodeAddress + 2);
        Assert.True(debugger.AddBreakpoint(first));
        Assert.True(debugger.AddBreakpoint(second));
        Assert.False(debugger.AddBreakpoint(second));

        for (var round = 0u; round < 3; round++)
        {
            RunToBreakpoint(guest, debugger, first);
            RunToBreakpoint(guest, debugger, second);
            guest.Vcpu.GetRegs(out var regs);
            Assert.Equal(round, regs.Rbx);
            guest.RunTo(debugger, KvmExitReason.Io);
        }

        Assert.True(debugger.RemoveBreakpoint(first));
        Assert.False(debugger.RemoveBreakpoint(first));
        Assert.Equal([second], debugger.Breakpoints);
        RunToBreakpoint(guest, debugger, second);
        Assert.True(debugger.RemoveBreakpoint(second));
        guest.RunTo(debugger, KvmExitReason.Io);
        guest.RunTo(debugger, KvmExitReason.Io);
    }

    [Theory, MemberData(nameof(Reported))]
    public void Step_executes_the_instruction_of_a_breakpoint_and_stops_at_the_next(GuestMode mode)
    {
        using var guest = Create(mode);
        using var debugger = new GuestDebugger(guest.Vcpu);
        debugger.AddBreakpoint(Guest.CodeAddress);
        debugger.AddBreakpoint(Guest.CodeAddress + 1);
        RunToBreakpoint(guest, debugger, Guest.CodeAddress);

        guest.Step(debugger, KvmExitReason.Debug);
        Assert.Equal(new DebugStop(DebugStopReasons.Step, Guest.CodeAddress + 1), debugger.LastStop);
        guest.Step(debugger, KvmExitReason.Debug);
        Assert.Equal(new DebugStop(DebugStopReasons.Step, Guest.CodeAddress + 2), debugger.LastStop);

        RunToBreakpoint(guest, debugger, Guest.CodeAddress, leaveByOut: true);
        RunToBreakpoint(guest, debugger, Guest.CodeAddress + 1);
    }

    [Theory, MemberData(nameof(Reported))]
    public void Breakpoint_after_an_exit_is_not_missed(GuestMode mode)
    {
        TestHost.SkipInLab(
            "intel",
            "Bochs leaves the #DB of a step pending if a VM exit comes within it, and a guest that goes on without steps gets it."
        );
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                code.@out(Port, al);
                code.@in(al, Port);
                code.nop();
                code.@out(Port, al);
            },
            null,
            KvmCapability.SetGuestDebug
        );
        using var debugger = new GuestDebugger(guest.Vcpu);
        foreach (var offset in new ulong[] { 0, 2, 4 })
            debugger.AddBreakpoint(Guest.CodeAddress + offset);

        RunToBreakpoint(guest, debugger, Guest.CodeAddress);
        guest.RunTo(debugger, KvmExitReason.Io);
        RunToBreakpoint(guest, debugger, Guest.CodeAddress + 2);
        var exit = debugger.Continue();
        Assert.Equal(KvmIoDirection.In, exit.Io.Direction);
        exit.Io.Answer(0x5A);
        RunToBreakpoint(guest, debugger, Guest.CodeAddress + 4);
        guest.Vcpu.GetRegs(out var regs);
        Assert.Equal(0x5Au, regs.Rax & 0xFF);
    }

    [Theory, MemberData(nameof(Reported))]
    public void Kick_at_a_breakpoint_does_not_report_it_twice(GuestMode mode)
    {
        using var guest = Create(mode);
        using var debugger = new GuestDebugger(guest.Vcpu);
        debugger.AddBreakpoint(Guest.CodeAddress + 1);
        RunToBreakpoint(guest, debugger, Guest.CodeAddress + 1);

        guest.Vcpu.Kick();

        Assert.Equal(KvmExitReason.Intr, debugger.Continue().Reason);
        Assert.Equal(DebugStopReasons.None, debugger.LastStop.Reasons);
        guest.RunTo(debugger, KvmExitReason.Io);
        RunToBreakpoint(guest, debugger, Guest.CodeAddress + 1);
    }

    // The two outcomes are those of a processor with VMX or SVM, and of KVM's emulator.
    [Fact]
    public void In_real_mode_INT3_stops_or_where_KVM_emulates_it_the_guest_gets_the_exception()
    {
        using var guest = Create(GuestMode.Real);
        guest.SetVector(BreakpointVector, Handler);
        guest.Place(Handler, static code => code.@out(HandlerPort, al));
        using var debugger = new GuestDebugger(guest.Vcpu);
        debugger.AddBreakpoint(Guest.CodeAddress + 1);

        if (guest.RunTo(debugger, KvmExitReason.Debug, KvmExitReason.Io) == KvmExitReason.Debug)
        {
            Assert.Equal(new DebugStop(DebugStopReasons.Breakpoint, Guest.CodeAddress + 1), debugger.LastStop);
            return;
        }
        guest.Vcpu.GetRegs(out var regs);
        Assert.InRange(regs.Rip, Handler, Handler + 2);
        Assert.Equal(default, debugger.LastStop);
    }

    [Fact]
    public void At_CPL_3_INT3_stops_or_where_KVM_does_not_intercept_it_the_guest_without_an_IDT_dies_of_it()
    {
        using var guest = Create(GuestMode.LongUser);
        using var debugger = new GuestDebugger(guest.Vcpu);
        debugger.AddBreakpoint(Guest.CodeAddress + 1);

        if (guest.RunTo(debugger, KvmExitReason.Debug, KvmExitReason.Shutdown) == KvmExitReason.Debug)
            Assert.Equal(new DebugStop(DebugStopReasons.Breakpoint, Guest.CodeAddress + 1), debugger.LastStop);
        else
            Assert.Equal(default, debugger.LastStop);
    }

    [Fact]
    public void Breakpoint_exception_can_be_given_to_the_guest()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.int3(), null, KvmCapability.SetGuestDebug);
        guest.SetVector(BreakpointVector, Handler);
        guest.Place(Handler, static code => code.@out(HandlerPort, al));
        using var debugger = new GuestDebugger(guest.Vcpu);

        debugger.PassBreakpointToGuest();
        guest.RunTo(debugger, KvmExitReason.Io);

        guest.Vcpu.GetRegs(out var regs);
        Assert.InRange(regs.Rip, Handler, Handler + 2); // At the OUT or past it.
    }

    [Fact]
    public void INT3_that_is_not_the_debuggers_is_told_apart()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        using var debugger = new GuestDebugger(guest.Vcpu);
        debugger.AddBreakpoint(Guest.CodeAddress + 0x100);
        guest.RunTo(debugger, KvmExitReason.Hlt);

        // What KVM reports with VMX and SVM.
        foreach (
            var (address, expected) in new[]
            {
                (Guest.CodeAddress, DebugStopReasons.GuestBreakpoint),
                (Guest.CodeAddress + 0x100, DebugStopReasons.Breakpoint),
            }
        )
        {
            ref var page = ref guest.Vcpu.RunPage;
            page.ExitReason = KvmExitReason.Debug;
            page.Debug.Arch.Exception = KvmExceptionVector.Breakpoint;
            page.Debug.Arch.Pc = address;
            Assert.Equal(new DebugStop(expected, address), debugger.Explain(new KvmExit(guest.Vcpu, guest.Vcpu.Generation)));
        }
    }

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void Patches_are_in_memory_while_there_are_breakpoints_and_hidden_from_who_reads_by_the_debugger(GuestMode mode)
    {
        using var guest = Create(mode);
        var code = guest.Memory.GetSpan(Guest.CodeAddress, 8);
        var original = code.ToArray();
        var debugger = new GuestDebugger(guest.Vcpu, s_processor);
        debugger.AddBreakpoint(Guest.CodeAddress);
        debugger.AddBreakpoint(Guest.CodeAddress + 3);
        debugger.AddBreakpoint(Guest.CodeAddress + 5);

        Assert.Equal([Int3, original[1], original[2], Int3, original[4], Int3, original[6], original[7]], code.ToArray());
        var seen = new byte[8];
        Assert.Equal(8, debugger.ReadMemory(Guest.CodeAddress, seen));
        Assert.Equal(original, seen);
        Assert.Equal(3, debugger.ReadMemory(Guest.CodeAddress + 3, seen.AsSpan(0, 3)));
        Assert.Equal(original[3..6], seen[..3]);

        debugger.RemoveBreakpoint(Guest.CodeAddress + 3);
        Assert.Equal(original[3], code[3]);
        code[5] = 0xF4; // The guest puts other code there, which must stay.
        debugger.Dispose();
        debugger.Dispose();
        Assert.Equal([.. original[..5], 0xF4, original[6], original[7]], code.ToArray());
        Assert.Throws<ObjectDisposedException>(() => debugger.AddBreakpoint(Guest.CodeAddress));
        Assert.Throws<ObjectDisposedException>(() => debugger.Step());
        Assert.Throws<ObjectDisposedException>(() => debugger.Continue());
    }

    [Fact]
    public void Two_addresses_of_the_same_byte_restore_it_with_the_last()
    {
        using var guest = Create(GuestMode.LongSupervisor);
        using var debugger = new GuestDebugger(guest.Vcpu, s_processor);
        var original = guest.Memory.Read<byte>(Guest.CodeAddress);
        var alias = Guest.FlatWindow + 0x20_0000 + Guest.CodeAddress; // The low 2 MiB are mapped there a second time.
        debugger.AddBreakpoint(Guest.CodeAddress);
        debugger.AddBreakpoint(alias);

        debugger.RemoveBreakpoint(Guest.CodeAddress);
        Assert.Equal(Int3, guest.Memory.Read<byte>(Guest.CodeAddress));
        debugger.RemoveBreakpoint(alias);
        Assert.Equal(original, guest.Memory.Read<byte>(Guest.CodeAddress));
    }

    [Fact]
    public void Address_without_mapping_or_memory_is_refused()
    {
        using var guest = Create(GuestMode.LongSupervisor);
        using var debugger = new GuestDebugger(guest.Vcpu);

        var refusal = Assert.Throws<ArgumentException>(() => debugger.AddBreakpoint(0x1234_5678_9000));
        Assert.Contains("map nothing at linear address 0x123456789000 now", refusal.Message, StringComparison.Ordinal);
        Assert.Throws<GuestMemoryException>(() => debugger.AddBreakpoint(Guest.FlatWindow));
        Assert.Empty(debugger.Breakpoints);
        Assert.Equal(0, debugger.ReadMemory(0x1234_5678_9000, new byte[4]));
        Assert.Equal(0, debugger.ReadMemory(Guest.FlatWindow, new byte[4]));
        Assert.Equal(2, debugger.ReadMemory(0x20_0000 - 2, new byte[4])); // There the mapping ends.
    }

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void Linear_address_is_translated_or_said_to_be_unmapped(GuestMode mode)
    {
        using var guest = Create(mode);

        Assert.True(guest.Vcpu.TryTranslate(Guest.CodeAddress + 5, out var physical));
        Assert.Equal(Guest.CodeAddress + 5, physical);
        if (mode is GuestMode.Real or GuestMode.Protected)
            return; // Without paging every address is a physical one.
        Assert.True(guest.Vcpu.TryTranslate(Guest.FlatWindow + 0x20_0000 + 7, out physical));
        Assert.Equal(7ul, physical);
        Assert.False(guest.Vcpu.TryTranslate(0x1234_5678_9000, out physical));
        Assert.Equal(0ul, physical);
    }

    [Fact]
    public void Dispose_after_the_vCPU_and_the_VM_is_harmless()
    {
        var guest = Create(GuestMode.Real);
        var debugger = new GuestDebugger(guest.Vcpu);
        debugger.AddBreakpoint(Guest.CodeAddress);
        guest.Dispose();

        debugger.Dispose();

        Assert.Throws<ArgumentNullException>(() => new GuestDebugger(null!));
    }

    [Theory, MemberData(nameof(Modes.Privileged), MemberType = typeof(Modes))]
    public void Steps_go_from_instruction_to_instruction_and_end_with_the_debugger(GuestMode mode)
    {
        using var guest = Create(mode);
        var debugger = new GuestDebugger(guest.Vcpu);
        for (var address = Guest.CodeAddress + 1; address <= Guest.CodeAddress + 2; address++)
        {
            guest.Step(debugger, KvmExitReason.Debug);
            Assert.Equal(new DebugStop(DebugStopReasons.Step, address), debugger.LastStop);
        }

        debugger.Dispose();
        guest.RunToOut(Port);
        guest.RunToOut(Port);
    }

    [Fact]
    public void At_CPL_3_a_step_stops_or_where_KVM_does_not_intercept_the_exception_the_guest_without_an_IDT_dies_of_it()
    {
        using var guest = Create(GuestMode.LongUser);
        using var debugger = new GuestDebugger(guest.Vcpu);

        if (guest.Step(debugger, KvmExitReason.Debug, KvmExitReason.Shutdown) == KvmExitReason.Debug)
            Assert.Equal(new DebugStop(DebugStopReasons.Step, Guest.CodeAddress + 1), debugger.LastStop);
        else
            Assert.Equal(default, debugger.LastStop);
    }

    [Fact]
    public void Steps_do_not_enter_the_handler_of_an_interrupt_that_is_pending()
    {
        const int Line = 4;
        using var guest = Guest.Create(
            GuestMode.Real,
            static code =>
            {
                GuestPrograms.OpenLine(code, Line);
                code.@out(Port, al);
                code.sti();
                code.nop();
                code.nop();
                code.nop();
                code.@out(Port, al);
            },
            static vm => vm.CreateIrqchip(),
            KvmCapability.Irqchip,
            KvmCapability.SetGuestDebug2
        );
        Assert.SkipUnless(
            ((KvmGuestDebugControl)guest.Vm.Check(KvmCapability.SetGuestDebug2)).HasFlag(KvmGuestDebugControl.Blockirq),
            "This KVM cannot hold back interrupts while it steps (before Linux 5.15)."
        );
        guest.PlaceHandler(0x20 + Line, Handler, report: 0x77);
        guest.RunToOut(Port);
        guest.Vm.IrqLine(new KvmIrqLevel { Irq = Line, Level = 1 });
        using var debugger = new GuestDebugger(guest.Vcpu);

        // Behind OUT, of which KVM may have left RIP at, STI, NOP, NOP and NOP. STI may hold the step back for one instruction.
        HashSet<ulong> ends = [.. new ulong[] { 6, 5, 4, 3, 2 }.Select(left => guest.CodeEnd - left)];
        guest.Vcpu.GetRegs(out var regs);
        while (regs.Rip < guest.CodeEnd - 2)
        {
            guest.Step(debugger, KvmExitReason.Debug);
            Assert.Contains(debugger.LastStop.Address, ends);
            Assert.True(debugger.LastStop.Address > regs.Rip);
            guest.Vcpu.GetRegs(out regs);
        }

        guest.RunTo(debugger, KvmExitReason.Io);
        guest.Vcpu.GetRegs(out regs);
        Assert.InRange(regs.Rip, Handler, Handler + 8);
    }

    /// <summary>In all modes two NOPs of one byte; EBX counts the rounds.</summary>
    private static Guest Create(GuestMode mode) =>
        Guest.Create(
            mode,
            static code =>
            {
                var loop = code.CreateLabel();
                code.Label(ref loop);
                code.nop();
                code.nop();
                code.inc(ebx);
                code.@out(Port, al);
                code.jmp(loop);
            },
            null,
            KvmCapability.SetGuestDebug
        );

    private static void RunToBreakpoint(Guest guest, GuestDebugger debugger, ulong address, bool leaveByOut = false)
    {
        if (leaveByOut)
            guest.RunTo(debugger, KvmExitReason.Io);
        guest.RunTo(debugger, KvmExitReason.Debug, KvmExitReason.InternalError);
        Assert.Equal(new DebugStop(DebugStopReasons.Breakpoint, address), debugger.LastStop);
        guest.Vcpu.GetRegs(out var regs);
        Assert.Equal(address, regs.Rip);
    }
}
