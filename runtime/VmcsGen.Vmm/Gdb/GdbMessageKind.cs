namespace VmcsGen.Vmm;

/// <summary>What a session waits for.</summary>
internal enum GdbMessageKind
{
    /// <summary>A packet came.</summary>
    Packet,

    /// <summary>The user pressed Ctrl-C.</summary>
    Interrupt,

    /// <summary>The guest stopped.</summary>
    Stopped,

    /// <summary>The guest has ended.</summary>
    GuestEnded,

    /// <summary>The debugger is gone.</summary>
    Disconnected,
}
