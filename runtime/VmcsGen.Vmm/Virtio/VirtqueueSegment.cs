namespace VmcsGen.Vmm;

/// <summary>A piece of guest memory that a driver lends to a device. It lies within the guest's memory.</summary>
/// <param name="Address">Guest physical address.</param>
/// <param name="Length">Bytes.</param>
public readonly record struct VirtqueueSegment(ulong Address, uint Length);
