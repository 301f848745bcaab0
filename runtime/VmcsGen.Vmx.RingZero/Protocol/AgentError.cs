namespace VmcsGen.Vmx.RingZero;

/// <summary>Why the ring-0 agent stopped. Two numbers say more.</summary>
internal enum AgentError : byte
{
    /// <summary>What came is not a request: the byte that came.</summary>
    NoRequest = 1,

    /// <summary>The request is too long: its length.</summary>
    RequestTooLong,

    /// <summary>The checksum is wrong: the request's, and the right one.</summary>
    WrongChecksum,

    /// <summary>There is no such command: its number, and where it is in the request.</summary>
    UnknownCommand,

    /// <summary>The request ends within a command's operands: its number, and where it is in the request.</summary>
    TruncatedCommand,

    /// <summary>A command's results do not fit: bytes that there are already.</summary>
    TooManyResults,

    /// <summary>An exception outside of any command: RIP, and the vector with the error code in bits 63:32.</summary>
    UnexpectedException,
}
