namespace VmcsGen.Kvm;

/// <summary>A memory slot of a captured VM.</summary>
/// <param name="Number">Its number, with the address space in bits 31:16.</param>
/// <param name="GuestPhysicalAddress">Where the guest sees it.</param>
/// <param name="Flags">How it behaves.</param>
/// <param name="Memory">What it maps; slots that map the same memory share this object.</param>
public sealed record SlotState(int Number, ulong GuestPhysicalAddress, KvmMemoryRegionFlags Flags, MemoryState Memory);
