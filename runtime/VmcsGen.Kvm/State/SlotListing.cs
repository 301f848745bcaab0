namespace VmcsGen.Kvm;

internal sealed partial class MemorySlotTable
{
    /// <summary>The slots of all address spaces, in the order of their numbers.</summary>
    internal MemorySlot[] All()
    {
        lock (_gate)
            return [.. _slots.Values];
    }
}

public sealed partial class KvmVm
{
    internal MemorySlotTable SlotTable => Live.Slots;
}
