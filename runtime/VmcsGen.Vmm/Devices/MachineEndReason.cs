namespace VmcsGen.Vmm;

/// <summary>Why a machine ended.</summary>
public enum MachineEndReason
{
    /// <summary>Somebody outside stopped it.</summary>
    Stopped,

    /// <summary>The guest turned it off.</summary>
    PowerOff,

    /// <summary>The guest asked for a reset.</summary>
    Reset,

    /// <summary>The guest ended it with a code, by the debug-exit port.</summary>
    DebugExit,

    /// <summary>A processor shut down: it met an exception that it could not deliver.</summary>
    TripleFault,

    /// <summary>A processor halted and nothing can wake it.</summary>
    Halt,
}
