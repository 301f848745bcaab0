using System;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Debugging;

/// <summary>The four breakpoint registers of a debugged vCPU.</summary>
public class HardwareBreakpointTests
{
    private const byte Port = 0x11;

    // Source: SDM 3B 19.2.4: G0 to G3 are bits 1, 3, 5 and 7; R/W0 and LEN0 are bits 17:16 and 19:18, and so on.
    [Theory]
    [InlineData(0, HardwareBreakpointCondition.Execution, 1, 0x0000_0002ul)]
    [InlineData(1, HardwareBreakpointCondition.Execution, 1, 0x0000_0008ul)]
    [InlineData(0, HardwareBreakpointCondition.Write, 1, 0x0001_0002ul)]
    [InlineData(0, HardwareBreakpointCondition.Write, 2, 0x0005_0002ul)]
    [InlineData(0, HardwareBreakpointCondition.Write, 4, 0x000D_0002ul)]
    [InlineData(0, HardwareBreakpointCondition.Write, 8, 0x0009_0002ul)]
    [InlineData(2, HardwareBreakpointCondition.ReadOrWrite, 1, 0x0300_0020ul)]
    [InlineData(3, HardwareBreakpointCondition.ReadOrWrite, 8, 0xB000_0080ul)]
    public void DR7_has_the_bits_of_the_manual(int register, HardwareBreakpointCondition condition, int length, ulong expected)
    {
        var breakpoint = condition switch
        {
            HardwareBreakpointCondition.Execution => HardwareBreakpoint.OnExecution(0x7008),
            HardwareBreakpointCondition.Write => HardwareBreakpoint.OnWrite(0x7008, length),
            _ => HardwareBreakpoint.OnReadOrWrite(0x7008, length),
        };

        Assert.Equal(expected, breakpoint.Dr7Bits(register));
        Assert.Equal((0x7008ul, condition, length), (breakpoint.Address, breakpoint.Condition, breakpoint.Length));
    }

    [Fact]
    public void Length_and_alignment_that_the_processor_does_not_have_are_refused()
    {
        foreach (var length in new[] { int.MinValue, -1, 0, 3, 5, 7, 16 })
            Assert.Throws<ArgumentException>(() => HardwareBreakpoint.OnWrite(0, length));
        var refusal = Assert.Throws<ArgumentException>(() => HardwareBreakpoint.OnReadOrWrite(0x7002, 4));
        Assert.Contains("from a multiple of 4 on, and 0x7002 is not one", refusal.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => HardwareBreakpoint.OnExecution(0).Dr7Bits(4));
        Assert.Throws<ArgumentOutOfRangeException>(() => HardwareBreakpoint.OnExecution(0).Dr7Bits(-1));
        Assert.Equal("Write of 4 bytes at 0x7000", HardwareBreakpoint.OnWrite(0x7000, 4).ToString());
        Assert.Equal("ReadOrWrite of 1 byte at 0x7001", HardwareBreakpoint.OnReadOrWrite(0x7001, 1).ToString());
        Assert.Equal(HardwareBreakpoint.OnExecution(0), default);
        Assert.Equal("Execution at 0x7001", HardwareBreakpoint.OnExecution(0x7001).ToString());
    }

    [Theory, MemberData(nameof(Modes.Privileged), MemberType = typeof(Modes))]
    public void Continue_stops_at_each_and_passes_the_one_it_stands_at(GuestMode mode)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                var loop = code.CreateLabel();
                code.Label(ref loop);
                code.nop();
                code.nop();
                code.nop();
                code.@out(Port, al);
                code.jmp(loop);
            },
            null,
            KvmCapability.SetGuestDebug
        );
        using var debugger = new GuestDebugger(guest.Vcpu);
        debugger.SetHardwareBreakpoint(0, HardwareBreakpoint.OnExecution(Guest.CodeAddress + 1));
        debugger.SetHardwareBreakpoint(3, HardwareBreakpoint.OnExecution(Guest.CodeAddress + 2));

        for (var round = 0; round < 3; round++)
        {
            Assert.Equal(KvmExitReason.Debug, guest.RunTo(debugger, KvmExitReason.Debug));
            Assert.Equal(new DebugStop(DebugStopReasons.HardwareBreakpoint0, Guest.CodeAddress + 1), debugger.LastStop);
            guest.RunTo(debugger, KvmExitReason.Debug);
            Assert.Equal(new DebugStop(DebugStopReasons.HardwareBreakpoint3, Guest.CodeAddress + 2), debugger.LastStop);
            guest.RunTo(debugger, KvmExitReason.Io);
            Assert.Equal(default, debugger.LastStop);
        }

        debugger.SetHardwareBreakpoint(0, null);
        guest.RunTo(debugger, KvmExitReason.Debug);
        Assert.Equal("HardwareBreakpoint3 at 0x8002", debugger.LastStop.ToString());
        debugger.SetHardwareBreakpoint(3, null);
        guest.RunTo(debugger, KvmExitReason.Io);
        guest.RunTo(debugger, KvmExitReason.Io);
        Assert.Equal("no debug stop", debugger.LastStop.ToString());
    }

    [Theory, MemberData(nameof(Modes.Privileged), MemberType = typeof(Modes))]
    public void Step_executes_the_instruction_of_a_breakpoint(GuestMode mode)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                code.nop();
                code.nop();
                code.@out(Port, al);
            },
            null,
            KvmCapability.SetGuestDebug
        );
        using var debugger = new GuestDebugger(guest.Vcpu);
        debugger.SetHardwareBreakpoint(1, HardwareBreakpoint.OnExecution(Guest.CodeAddress));
        guest.RunTo(debugger, KvmExitReason.Debug);
        Assert.Equal(new DebugStop(DebugStopReasons.HardwareBreakpoint1, Guest.CodeAddress), debugger.LastStop);

        guest.Step(debugger, KvmExitReason.Debug);

        Assert.Equal(new DebugStop(DebugStopReasons.Step, Guest.CodeAddress + 1), debugger.LastStop);
    }

    // KVM's instruction emulator, which executes what runs at CPL 0 on a host without VMX and SVM, knows none on data; nor does
    // such a KVM load the guest's breakpoint registers at CPL 3.
    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void Breakpoint_on_data_stops_after_the_access_or_where_KVM_emulates_never(GuestMode mode)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                code.mov(ebx, (uint)Guest.DataAddress);
                code.mov(al, __byte_ptr[ebx + 2]); // A read: not the first's business.
                code.inc(al);
                code.mov(__byte_ptr[ebx + 3], al);
                code.nop();
                code.@out(Port, al);
            },
            null,
            KvmCapability.SetGuestDebug
        );
        guest.Memory.Write(Guest.DataAddress + 2, (byte)0x41);
        using var debugger = new GuestDebugger(guest.Vcpu);
        if (!GuestDebugAbilities.Find(guest.Host).HardwareBreakpoints)
        {
            Assert.False(TestHost.IsLab("intel"), "The lab's KVM stops at hardware breakpoints.");
            Assert.Throws<NotSupportedException>(() => debugger.SetHardwareBreakpoint(0, HardwareBreakpoint.OnWrite(Guest.DataAddress, 4)));
            return;
        }
        debugger.SetHardwareBreakpoint(0, HardwareBreakpoint.OnWrite(Guest.DataAddress, 4));
        debugger.SetHardwareBreakpoint(2, HardwareBreakpoint.OnReadOrWrite(Guest.DataAddress + 2, 1));

        var reason = guest.RunTo(debugger, KvmExitReason.Debug, KvmExitReason.Io);

        if (reason == KvmExitReason.Debug)
        {
            Assert.Equal(DebugStopReasons.HardwareBreakpoint2, debugger.LastStop.Reasons);
            guest.RunTo(debugger, KvmExitReason.Debug);
            Assert.Equal(new DebugStop(DebugStopReasons.HardwareBreakpoint0, guest.CodeEnd - 3), debugger.LastStop);
            guest.RunTo(debugger, KvmExitReason.Io);
        }
        Assert.Equal(0x42, guest.Memory.Read<byte>(Guest.DataAddress + 3));
    }

    [Fact]
    public void There_are_four()
    {
        using var guest = Guest.Create(GuestMode.Real, static code => code.hlt());
        using var debugger = new GuestDebugger(guest.Vcpu);

        Assert.Throws<ArgumentOutOfRangeException>(() => debugger.SetHardwareBreakpoint(4, null));
        Assert.Throws<ArgumentOutOfRangeException>(() => debugger.SetHardwareBreakpoint(-1, null));
    }
}
