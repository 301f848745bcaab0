using System;
using System.Collections.Generic;
using Iced.Intel;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.State;

/// <summary>What is on its way when a VM is captured is captured too, or the capture is refused and nothing is lost.</summary>
public class CaptureRefusalTests
{
    private const byte Port = 0x11;
    private const ulong Window = Guest.FlatWindow;

    private static readonly Dictionary<string, Action<Assembler>> s_instructions = new()
    {
        ["or"] = static code => code.or(__word_ptr[rbx], 1),
        ["xchg"] = static code => code.xchg(__qword_ptr[rbx], rax),
        ["lock xadd"] = static code => code.@lock.xadd(__dword_ptr[rbx], eax),
        ["page-crossing write"] = static code => code.mov(__qword_ptr[rbx + 0xFFC], rax),
        ["page-crossing read"] = static code => code.mov(rax, __qword_ptr[rbx + 0xFFC]),
        ["page-crossing or"] = static code => code.or(__qword_ptr[rbx + 0xFFC], rdx),
        ["movs"] = static code =>
        {
            code.mov(rsi, rbx);
            code.lea(rdi, __[rbx + 0x100]);
            code.mov(ecx, 3);
            code.rep.movsd();
        },
        ["in"] = static code => code.@in(eax, 0x20),
        ["rep outs"] = static code =>
        {
            code.mov(esi, (int)Guest.DataAddress);
            code.mov(dx, 0x20);
            code.mov(ecx, 5);
            code.rep.outsd();
        },
    };

    public static MatrixTheoryData<string, bool> Cases { get; } = new(s_instructions.Keys, [false, true]);

    [Theory, MemberData(nameof(Cases))]
    public void Devices_see_the_same_with_captures_at_every_exit_and_without(string instruction, bool runsOn)
    {
        var expected = Run(instruction, capture: null);
        Assert.NotEmpty(expected);
        var refusals = 0;

        var seen = Run(instruction, guest => refusals += CaptureAndCount(guest, runsOn));

        Assert.Equal(expected, seen);
        Assert.True(refusals > 0 || !instruction.Contains("or", StringComparison.Ordinal), "No capture was refused.");

        // Whether the capture is tried again until it succeeds, or given up after the first refusal.
        static int CaptureAndCount(GuestRun guest, bool runsOn)
        {
            for (var refusals = 0; ; refusals++)
            {
                try
                {
                    VmState.Capture(guest.Guest.Host, guest.Guest.Vm, guest.Guest.Vcpu).Dispose();
                    return refusals;
                }
                catch (InvalidOperationException refusal)
                {
                    Assert.Contains("Nothing is lost", refusal.Message, StringComparison.Ordinal);
                    if (runsOn)
                        return refusals + 1;
                    while (!guest.Guest.Vcpu.TryCompleteExit(out var next))
                        guest.Serve(next);
                }
            }
        }
    }

    [Fact]
    public void Refused_exit_is_returned_again_as_often_as_it_is_not_served()
    {
        using var guest = Guest.Create(GuestMode.LongSupervisor, static code => code.or(__word_ptr[rbx], 1));
        guest.Vcpu.GetRegs(out var regs);
        guest.Vcpu.SetRegs(regs with { Rbx = Window });
        guest.RunTo(KvmExitReason.Mmio).Mmio.Answer(0x5150);

        for (var i = 0; i < 3; i++)
            Assert.Throws<InvalidOperationException>(() => VmState.Capture(guest.Host, guest.Vm, guest.Vcpu));

        Worker.Do(() =>
        {
            var exit = guest.Vcpu.Run();
            Assert.Equal((true, 0x5151ul), (exit.Mmio.IsWrite, exit.Mmio.Value));
        });
        VmState.Capture(guest.Host, guest.Vm, guest.Vcpu).Dispose();
    }

    [Fact]
    public void Coalesced_writes_that_no_device_got_are_named_and_captured_after_they_were_delivered()
    {
        using var guest = Guest.Create(
            GuestMode.LongSupervisor,
            static code =>
            {
                code.mov(__dword_ptr[rbx], 0x1234);
                code.@out(Port, al);
            },
            required: KvmCapability.CoalescedMmio
        );
        using var zone = guest.Vm.CoalesceMmio(Window, 8);
        guest.Vcpu.GetRegs(out var regs);
        guest.Vcpu.SetRegs(regs with { Rbx = Window });
        guest.RunToOut(Port);

        var refusal = Assert.Throws<InvalidOperationException>(() => VmState.Capture(guest.Host, guest.Vm, guest.Vcpu));

        Assert.Contains("DrainCoalesced", refusal.Message, StringComparison.Ordinal);
        var delivered = new List<ulong>();
        guest.Vcpu.DrainCoalesced(write => delivered.Add(write.Value));
        Assert.Equal([0x1234ul], delivered);
        VmState.Capture(guest.Host, guest.Vm, guest.Vcpu).Dispose();
    }

    [Fact]
    public void Breakpoints_of_a_debugger_are_not_in_the_state_and_stay_in_the_guest()
    {
        using var guest = Guest.Create(
            GuestMode.LongSupervisor,
            static code =>
            {
                code.nop();
                code.nop();
                code.hlt();
            }
        );
        using var debugger = new GuestDebugger(guest.Vcpu);
        debugger.AddBreakpoint(Guest.CodeAddress + 1);
        var live = guest.Memory.Read<byte>(Guest.CodeAddress + 1);

        using var state = VmState.Capture(guest.Host, guest.Vm, guest.Vcpu);

        var saved = new byte[3];
        state.Slots[0].Memory.Read(Guest.CodeAddress, saved);
        Assert.Equal([0x90, 0x90, 0xF4], saved);
        Assert.Equal(live, guest.Memory.Read<byte>(Guest.CodeAddress + 1));
        debugger.Continue();
        Assert.Equal((DebugStopReasons.Breakpoint, Guest.CodeAddress + 1), (debugger.LastStop.Reasons, debugger.LastStop.Address));
    }

    [Fact]
    public void Guest_with_kvmclock_is_told_that_it_stood_still()
    {
        const uint SystemTime = 0x4B56_4D01;
        const ulong ClockPage = 0x1_8000;
        const int Flags = 29; // Documentation/virt/kvm/x86/msr.rst
        using var guest = Guest.Create(
            GuestMode.LongSupervisor,
            static code =>
            {
                code.@out(Port, al);
                code.hlt();
            },
            required: [KvmCapability.KvmclockCtrl]
        );
        if (guest.Vcpu.WriteMsrs([new KvmMsrEntry { Index = SystemTime, Data = ClockPage | 1 }]).Length != 0)
            Assert.Skip("This KVM has no kvmclock.");
        guest.RunToOut(Port);
        Assert.Equal(0, guest.Memory.Read<byte>(ClockPage + Flags) & 2);
        using var state = VmState.Capture(guest.Host, guest.Vm, guest.Vcpu);

        using var other = guest.Host.CreateVm();
        using var vcpu = other.CreateVcpu(0);
        state.RestoreTo(guest.Host, other, vcpu);
        Assert.Equal(KvmExitReason.Hlt, vcpu.Run().Reason);

        Assert.Equal(2, other.Memory.Read<byte>(ClockPage + Flags) & 2);
    }

    [Fact]
    public void Time_stamp_counters_keep_their_distances()
    {
        const ulong Distance = 1_000_000_000_000;
        using var host = TestHost.Open(KvmCapability.VcpuAttributes);
        using var vm = host.CreateVm();
        using var one = vm.CreateVcpu(0);
        using var two = vm.CreateVcpu(1);
        Assert.SkipUnless(one.HasTscOffset, "This KVM has no offsets of time-stamp counters.");
        two.TscOffset = one.TscOffset + Distance;
        Assert.SkipUnless(two.TscOffset == one.TscOffset + Distance, "This KVM accepts offsets and does not have them.");
        using var state = VmState.Capture(host, vm, one, two);
        using var other = host.CreateVm();
        using var otherOne = other.CreateVcpu(0);
        using var otherTwo = other.CreateVcpu(1);

        state.RestoreTo(host, other, otherOne, otherTwo);

        Assert.Equal(Distance, otherTwo.TscOffset - otherOne.TscOffset);
    }

    private static List<string> Run(string instruction, Action<GuestRun>? capture)
    {
        using var guest = Guest.Create(
            GuestMode.LongSupervisor,
            code =>
            {
                s_instructions[instruction](code);
                code.@out(Port, eax);
            }
        );
        guest.Memory.Write(Guest.DataAddress, 0x0102_0304_0506_0708);
        guest.Vcpu.GetRegs(out var regs);
        guest.Vcpu.SetRegs(regs with { Rax = 0x1122_3344_5566_7788, Rbx = Window, Rdx = 0x8000_0000_0000_0001 });
        var run = new GuestRun(guest);
        while (run.Serve(guest.Run()))
            capture?.Invoke(run);
        guest.Vcpu.GetRegs(out regs);
        return [.. run.Log, $"rax {regs.Rax:X} rcx {regs.Rcx:X}"];
    }

    /// <summary>A guest whose devices note what they see.</summary>
    private sealed class GuestRun(Guest guest)
    {
        private byte _answer = 0x50;

        public Guest Guest => guest;

        public List<string> Log { get; } = [];

        /// <summary>Serves an exit; false at the end.</summary>
        public bool Serve(KvmExit exit)
        {
            switch (exit.Reason)
            {
                case KvmExitReason.Mmio when exit.Mmio.IsWrite:
                    Log.Add($"W {exit.Mmio.Address:X}:{exit.Mmio.Value:X}");
                    return true;
                case KvmExitReason.Mmio:
                    Log.Add($"R {exit.Mmio.Address:X} {exit.Mmio.Length}");
                    exit.Mmio.Answer(_answer++);
                    return true;
                case KvmExitReason.Io when exit.Io.Port == Port:
                    Log.Add($"end {exit.Io.Value:X}");
                    return false;
                case KvmExitReason.Io when exit.Io.Direction == KvmIoDirection.In:
                    Log.Add($"in {exit.Io.Port:X}");
                    exit.Io.Answer(_answer++);
                    return true;
                case KvmExitReason.Io:
                    for (var i = 0; i < exit.Io.Count; i++)
                        Log.Add($"out {exit.Io.Port:X}");
                    return true;
                default:
                    Assert.Fail(exit.ToString());
                    return false;
            }
        }
    }
}
