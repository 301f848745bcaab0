using System;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Exits;

public class DebugEvents
{
    private const ulong SingleStep = 1 << 14; // DR6.BS
    private const ulong FirstBreakpoint = 1 << 0; // DR6.B0

    // At CPL 3 only hardware breakpoints: KVM without VMX and SVM gives the guest the single step's exception.
    [Theory, MemberData(nameof(Modes.Privileged), MemberType = typeof(Modes))]
    public void Single_step_stops_after_every_instruction(GuestMode mode)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                code.nop();
                code.inc(ebx);
                code.inc(ebx);
                code.@out(0x11, al);
            },
            null,
            KvmCapability.SetGuestDebug
        );
        var incrementLength = mode == GuestMode.Protected ? 1u : 2u;
        guest.Vcpu.SetGuestDebug(new KvmGuestDebug { Control = KvmGuestDebugControl.Enable | KvmGuestDebugControl.Singlestep });

        var expected = Guest.CodeAddress + 1;
        for (var step = 0u; step < 3; step++)
        {
            var exit = guest.RunTo(KvmExitReason.Debug);
            Assert.Equal(KvmExceptionVector.Debug, exit.Debug.Exception);
            Assert.Equal(expected, exit.Debug.Pc);
            Assert.Equal(SingleStep, exit.Debug.Dr6 & SingleStep);
            Assert.StartsWith($"Debug: exception Debug at 0x{expected:X}, DR6 0x", exit.ToString(), StringComparison.Ordinal);
            guest.Vcpu.GetRegs(out var regs);
            Assert.Equal(expected, regs.Rip);
            Assert.Equal(step, regs.Rbx);
            expected += incrementLength;
        }

        guest.Vcpu.SetGuestDebug(default);
        guest.RunToOut(0x11);
    }

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void Hardware_breakpoint_stops_before_its_instruction(GuestMode mode)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                code.mov(ebx, 1);
                code.mov(ebx, 2);
                code.@out(0x11, al);
            },
            null,
            KvmCapability.SetGuestDebug
        );
        Assert.SkipUnless(GuestDebugAbilities.Find(guest.Host).HardwareBreakpoints, "Debug registers have no effect on this host's KVM.");
        var target = guest.CodeEnd - 2; // The OUT.
        KvmGuestDebug debug = new() { Control = KvmGuestDebugControl.Enable | KvmGuestDebugControl.UseHwBp };
        debug.Arch.Debugreg[0] = target;
        debug.Arch.Debugreg[7] = 0x402; // G0, and bit 10 that is always set: breakpoint 0 on execution.
        guest.Vcpu.SetGuestDebug(debug);

        var exit = guest.RunTo(KvmExitReason.Debug);

        Assert.Equal(KvmExceptionVector.Debug, exit.Debug.Exception);
        Assert.Equal(target, exit.Debug.Pc);
        Assert.Equal(FirstBreakpoint, exit.Debug.Dr6 & 0xF);
        guest.Vcpu.GetRegs(out var regs);
        Assert.Equal(2u, regs.Rbx);

        guest.Vcpu.SetGuestDebug(default);
        guest.RunToOut(0x11);
    }
}
