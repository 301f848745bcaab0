namespace VmcsGen.Vmm;

/// <summary>Which connection: a guest has one for a pair of ports.</summary>
/// <param name="HostPort">The host's port.</param>
/// <param name="GuestPort">The guest's port.</param>
internal readonly record struct VsockKey(uint HostPort, uint GuestPort);
