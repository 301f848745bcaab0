namespace VmcsGen.Vmm;

/// <summary>Why a debugged guest stopped.</summary>
internal enum DebugEventKind
{
    /// <summary>The debugger asked for it.</summary>
    Interrupted,

    /// <summary>At a breakpoint in memory.</summary>
    SoftwareBreakpoint,

    /// <summary>At one of a debug register.</summary>
    HardwareBreakpoint,

    /// <summary>After a write that a debug register waited for.</summary>
    Watchpoint,

    /// <summary>After a read or write that a debug register waited for.</summary>
    AccessWatchpoint,

    /// <summary>After a step.</summary>
    Step,

    /// <summary>The guest's own INT3.</summary>
    GuestBreakpoint,
}
