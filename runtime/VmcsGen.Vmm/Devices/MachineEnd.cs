namespace VmcsGen.Vmm;

/// <summary>How a machine ended.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Code">The guest's code for <see cref="MachineEndReason.DebugExit"/>.</param>
public readonly record struct MachineEnd(MachineEndReason Reason, uint Code = 0);
