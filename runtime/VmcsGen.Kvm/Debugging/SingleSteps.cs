using System;
using System.Runtime.InteropServices;

namespace VmcsGen.Kvm;

/// <summary>What single steps have in common, for programs that set <see cref="KvmGuestDebugControl.Singlestep"/> themselves.</summary>
public static class SingleSteps
{
    private const ulong Bs = 1 << 14; // DR6.BS. Source: SDM 3B 19.2.3.

    /// <summary>Whether an exit tells that a step is over: debug exits do that have bit 14 of DR6.</summary>
    /// <param name="exit">The exit.</param>
    /// <exception cref="InvalidOperationException">The exit is over.</exception>
    public static bool IsEndedBy(KvmExit exit) =>
        exit.Reason == KvmExitReason.Debug && exit.Debug.Exception != KvmExceptionVector.Breakpoint && (exit.Debug.Dr6 & Bs) != 0;

    /// <summary>
    /// Whether a step has ended with all registers as they were: the vCPU is to be run once more then, as it is armed, and what that run
    /// ends with is the step.
    /// </summary>
    /// <remarks>
    /// Where the processor beneath KVM is emulated, a VM exit within the step, such as the EPT violation of a page's first fetch, may leave
    /// the exception of the step pending, which then comes before the instruction. By the SDM only an instruction that is done traps
    /// (3B 19.3.1.4). It has moved RIP, or counted a repeated string instruction's RCX down, unless it is a jump to itself, and of that
    /// nobody can tell whether it is executed once or twice.
    /// </remarks>
    /// <param name="exit">What the run ended with.</param>
    /// <param name="before">The registers when the step was armed.</param>
    /// <param name="after">The registers now.</param>
    /// <exception cref="InvalidOperationException">The exit is over.</exception>
    public static bool IsToBeRepeated(KvmExit exit, in KvmRegs before, in KvmRegs after) =>
        IsEndedBy(exit) && AsBytes(before).SequenceEqual(AsBytes(after));

    private static ReadOnlySpan<byte> AsBytes(in KvmRegs regs) => MemoryMarshal.AsBytes(new ReadOnlySpan<KvmRegs>(in regs));
}
