namespace VmcsGen.Vmm;

/// <summary>What a session waits for: a packet, an event of the guest, or an end.</summary>
/// <param name="Kind">Which of them.</param>
/// <param name="Packet">The packet.</param>
/// <param name="Event">The event.</param>
internal readonly record struct GdbMessage(GdbMessageKind Kind, byte[]? Packet = null, DebugEvent Event = default);
