namespace VmcsGen.Vmm;

/// <summary>That a debugged guest stopped.</summary>
/// <param name="Vcpu">Index of the vCPU.</param>
/// <param name="Kind">Why.</param>
/// <param name="Address">The watched address.</param>
internal readonly record struct DebugEvent(int Vcpu, DebugEventKind Kind, ulong Address = 0);
