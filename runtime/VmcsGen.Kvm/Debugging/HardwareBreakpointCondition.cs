namespace VmcsGen.Kvm;

/// <summary>What a hardware breakpoint waits for: an R/W field of DR7. Source: SDM 3B 19.2.4.</summary>
public enum HardwareBreakpointCondition
{
    /// <summary>An instruction at the address is about to be executed.</summary>
    Execution = 0,

    /// <summary>Data were written.</summary>
    Write = 1,

    /// <summary>Data were read or written.</summary>
    ReadOrWrite = 3,
}
