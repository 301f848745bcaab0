using System;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Observation;

/// <summary>Breakpoints in a loop that is the program's own.</summary>
public class OwnLoops
{
    private const byte Port = 0x11;

    [Fact]
    public void Breakpoint_in_a_loop_stops_each_time_and_exits_come_as_ever()
    {
        using var guest = CreateLoop(out var address);
        using var debugger = new GuestDebugger(guest.Vcpu);
        debugger.SetHardwareBreakpoint(0, HardwareBreakpoint.OnExecution(address));
        var (stops, exits) = (0, "");

        while (exits.Length < 3)
        {
            if (debugger.TryResume(out var exit))
            {
                exit = guest.Vcpu.Run();
                Assert.Equal(debugger.Explain(exit), debugger.LastStop);
            }
            if (debugger.LastStop.Reasons.HasFlag(DebugStopReasons.HardwareBreakpoint0))
            {
                Assert.Equal(address, debugger.LastStop.Address);
                stops++;
            }
            else if (exit.Reason == KvmExitReason.Io)
            {
                exits += (char)exit.Io.Value;
            }
            else
            {
                Assert.True(exit.Reason is KvmExitReason.Intr or KvmExitReason.Debug, exit.ToString()); // A step on the way.
            }
        }

        Assert.Equal("ABC", exits);
        Assert.Equal(3, stops);
    }

    [Fact]
    public void Guest_that_runs_already_is_attached_to_and_left_again()
    {
        using var guest = CreateLoop(out var address);
        Assert.Equal('A', (char)guest.RunToOut(Port));

        using (var debugger = new GuestDebugger(guest.Vcpu))
        {
            debugger.SetHardwareBreakpoint(0, HardwareBreakpoint.OnExecution(address));
            while (debugger.LastStop.Reasons == DebugStopReasons.None)
            {
                Assert.True(debugger.TryResume(out _));
                debugger.Explain(guest.Vcpu.Run());
            }
            Assert.Equal(address, debugger.LastStop.Address);
        }

        Assert.Equal('B', (char)guest.RunToOut(Port));
        Assert.Equal('C', (char)guest.RunToOut(Port));
    }

    [Fact]
    public void Breakpoints_that_stay_as_they_are_cost_no_ioctl()
    {
        using var guest = CreateLoop(out _);
        using var debugger = new GuestDebugger(guest.Vcpu, GuestDebugAbilities.All);
        debugger.SetHardwareBreakpoint(0, HardwareBreakpoint.OnExecution(0x1234));
        using var ioctls = LibcFault.Watch(KvmIoctl.KVM_SET_GUEST_DEBUG);

        for (var i = 0; i < 10; i++)
        {
            Assert.True(debugger.TryResume(out _));
            debugger.Explain(guest.Run());
        }

        Assert.Equal(1, ioctls.Calls);
    }

    // Writes A, B, C and so on; the breakpoint is before the instruction that counts.
    private static Guest CreateLoop(out ulong address)
    {
        var guest = Guest.Create(
            GuestMode.LongSupervisor,
            static code =>
            {
                var loop = code.CreateLabel();
                code.mov(al, 'A' - 1);
                code.Label(ref loop);
                code.inc(al);
                code.@out(Port, al);
                code.jmp(loop);
            }
        );
        address = Guest.CodeAddress + 2;
        return guest;
    }
}
