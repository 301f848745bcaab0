using System;

namespace VmcsGen.Kvm;

/// <summary>Why a debugged guest stopped; several reasons may hold at once. The first five are as in DR6. Source: SDM 3B 19.2.3.</summary>
[Flags]
public enum DebugStopReasons
{
    /// <summary>For none that concerns debugging: the exit tells.</summary>
    None = 0,

    /// <summary>Hardware breakpoint 0.</summary>
    HardwareBreakpoint0 = 0x1,

    /// <summary>Hardware breakpoint 1.</summary>
    HardwareBreakpoint1 = 0x2,

    /// <summary>Hardware breakpoint 2.</summary>
    HardwareBreakpoint2 = 0x4,

    /// <summary>Hardware breakpoint 3.</summary>
    HardwareBreakpoint3 = 0x8,

    /// <summary>One instruction was executed.</summary>
    Step = 0x4000,

    /// <summary>A breakpoint that was added with <see cref="GuestDebugger.AddBreakpoint"/>.</summary>
    Breakpoint = 0x1_0000,

    /// <summary>An INT3 of the guest's own; <see cref="GuestDebugger.PassBreakpointToGuest"/> gives it to the guest.</summary>
    GuestBreakpoint = 0x2_0000,
}
