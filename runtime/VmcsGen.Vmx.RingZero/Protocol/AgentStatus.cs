namespace VmcsGen.Vmx.RingZero;

/// <summary>How a command of the ring-0 agent ended. The first byte of its result.</summary>
internal enum AgentStatus : byte
{
    /// <summary>It succeeded; what the command gives follows.</summary>
    Succeeded,

    /// <summary>VMfailInvalid.</summary>
    FailInvalid,

    /// <summary>VMfailValid; the VM-instruction error follows (4).</summary>
    FailValid,

    /// <summary>The instruction raised a fault: vector (1), error code (4, or 0), RIP (8), CR2 (8) follow.</summary>
    Fault,
}
