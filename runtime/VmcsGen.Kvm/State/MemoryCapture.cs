using System;
using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Kvm;

/// <summary>The memory of a VM while it is put into a file: each memory once, however many slots map it.</summary>
internal sealed class MemoryCapture
{
    private readonly List<(MemorySlot Slot, PageRecorder Recorder)> _slots = [];

    /// <param name="vm">The VM, whose slots stay as they are meanwhile.</param>
    /// <param name="file">Receives the pages.</param>
    /// <param name="placeOf">Gives a memory of a size a place in the file, at a page. Nothing was written behind it.</param>
    /// <exception cref="NotSupportedException">A slot has private memory.</exception>
    internal MemoryCapture(KvmVm vm, PageFile file, Func<ulong, ulong> placeOf)
    {
        Dictionary<GuestMemory, PageRecorder> recorders = [];
        foreach (var slot in vm.SlotTable.All())
        {
            if (slot.GuestMemfd is not null)
                throw new NotSupportedException($"{slot} has private memory, which only the guest can read: it cannot be captured.");
            if (!recorders.TryGetValue(slot.Memory, out var recorder))
            {
                recorder = new(slot.Memory, file, placeOf(slot.Size));
                recorders.Add(slot.Memory, recorder);
            }
            _slots.Add((slot, recorder));
        }
    }

    /// <summary>The memories, in the order in which slots map them first.</summary>
    internal IEnumerable<PageRecorder> Recorders => _slots.Select(static slot => slot.Recorder).Distinct();

    /// <summary>Records all that is in the memories.</summary>
    internal void RecordAll()
    {
        foreach (var recorder in Recorders)
            recorder.Record(TouchedPages.Of(recorder.Memory));
    }

    /// <summary>The slots with what was recorded.</summary>
    internal IReadOnlyList<SlotState> ToSlots()
    {
        var states = Recorders.ToDictionary(static recorder => recorder, static recorder => new MemoryState(recorder.ToPages()));
        return
        [
            .. _slots.Select(slot => new SlotState(
                slot.Slot.Number,
                slot.Slot.GuestPhysicalAddress,
                slot.Slot.Flags,
                states[slot.Recorder]
            )),
        ];
    }
}
