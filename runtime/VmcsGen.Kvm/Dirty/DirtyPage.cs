namespace VmcsGen.Kvm;

/// <summary>A page that the guest wrote, as a dirty ring names it.</summary>
/// <param name="Slot">The memory slot's number, with the address space in bits 31:16, as <see cref="MemorySlot.Number"/>.</param>
/// <param name="Page">The page's number in the slot.</param>
public readonly record struct DirtyPage(int Slot, ulong Page);
