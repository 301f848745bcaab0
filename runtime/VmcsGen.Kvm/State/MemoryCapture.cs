using System;
using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Kvm;

/// <summary>The memory of a VM while it is put into a file: each memory once, however many slots map it.</summary>
internal sealed class MemoryCapture
{
    private readonly KvmVm _vm;
    private readonly List<(MemorySlot Slot, PageRecorder Recorder)> _slots = [];
    private Dictionary<MemorySlot, DirtyBitmap>? _written;
    private bool _isDifference;
    private bool _isIncomplete; // Pages were found that are not recorded yet, and the log does not tell of them again.

    /// <param name="vm">The VM, whose slots stay as they are meanwhile.</param>
    /// <param name="file">Receives the pages.</param>
    /// <param name="begin">Begins the pages of a memory of a size in the file. Nothing was written behind them.</param>
    /// <exception cref="NotSupportedException">A slot has private memory.</exception>
    internal MemoryCapture(KvmVm vm, PageFile file, Func<ulong, RecordedPages> begin)
    {
        _vm = vm;
        Dictionary<GuestMemory, PageRecorder> recorders = [];
        foreach (var slot in vm.SlotTable.All())
        {
            if (slot.GuestMemfd is not null)
                throw new NotSupportedException($"{slot} has private memory, which only the guest can read: it cannot be captured.");
            if (!recorders.TryGetValue(slot.Memory, out var recorder))
            {
                recorder = new(slot.Memory, file, begin(slot.Size));
                recorders.Add(slot.Memory, recorder);
            }
            _slots.Add((slot, recorder));
        }
    }

    /// <summary>The memories, in the order in which slots map them first.</summary>
    internal IEnumerable<PageRecorder> Recorders => _slots.Select(static slot => slot.Recorder).Distinct();

    /// <summary>Has the pages recorded alone that were written since an earlier state.</summary>
    /// <param name="earlier">The state, which has the same slots.</param>
    /// <param name="written">They are looked at when the rest is recorded.</param>
    /// <exception cref="ArgumentException">A slot that the guest can write has no bitmap, or the earlier state has others.</exception>
    internal void RecordDifferences(VmState earlier, IEnumerable<DirtyBitmap> written)
    {
        RequireSlotsOf(earlier);
        var bitmaps = written.ToDictionary(static bitmap => bitmap.Slot);
        foreach (var (slot, _) in _slots)
        {
            if ((slot.Flags & KvmMemoryRegionFlags.Readonly) == 0 && !bitmaps.ContainsKey(slot))
                throw new ArgumentException($"There is no bitmap that tells which pages of {slot} were written.", nameof(written));
        }
        foreach (var (recorder, memory) in Recorders.Zip(earlier.Memories()))
            recorder.Earlier = memory.Pages;
        (_written, _isDifference) = (bitmaps, true);
    }

    /// <summary>Looks whether the VM has the slots that it had when this began: the file has no room for others.</summary>
    /// <exception cref="InvalidOperationException">It has others.</exception>
    internal void RequireSlots()
    {
        if (!_vm.SlotTable.All().SequenceEqual(_slots.Select(static slot => slot.Slot)))
            throw new InvalidOperationException("The VM has got or lost memory slots since the capture began: begin another.");
    }

    /// <summary>Records what is there while the guest runs. What it writes from now on is logged.</summary>
    internal void BeginRounds()
    {
        _written = [];
        _isIncomplete = true;
        foreach (var (slot, _) in _slots)
        {
            if ((slot.Flags & KvmMemoryRegionFlags.Readonly) != 0)
                continue;
            slot.SetFlags(slot.Flags | KvmMemoryRegionFlags.LogDirtyPages);
            _written.Add(slot, new(slot));
        }
        ReadLogs();
        foreach (var recorder in Recorders)
            recorder.RecordAll();
        _isIncomplete = false;
    }

    /// <summary>Looks which pages were written since the last time.</summary>
    /// <returns>How many.</returns>
    /// <exception cref="InvalidOperationException">Those of an earlier time could not be recorded.</exception>
    internal ulong FindWritten()
    {
        if (_isIncomplete)
        {
            throw new InvalidOperationException(
                "The copying while the guest ran failed, and pages that it would have copied are not known any more: begin another capture."
            );
        }
        _isIncomplete = true;
        return ReadLogs();
    }

    /// <summary>Records the pages that were found.</summary>
    internal void RecordWritten()
    {
        foreach (var (slot, recorder) in _slots)
        {
            if (_written!.TryGetValue(slot, out var bitmap))
                recorder.Record(RangesOf(bitmap));
        }
        _isIncomplete = false;
    }

    /// <summary>Records a range that the VMM wrote itself.</summary>
    internal void RecordRange(ulong guestPhysicalAddress, ulong length)
    {
        foreach (var (slot, recorder) in _slots)
        {
            if (slot.AddressSpace != 0 || slot.Range.PartOf(guestPhysicalAddress, length) is not var (from, to))
                continue;
            const ulong Page = GuestMemory.PageSize;
            recorder.Record([new(from / Page * Page, (to + Page - 1) / Page * Page)]);
        }
    }

    /// <summary>Records what is not recorded yet, of a VM that stands still.</summary>
    /// <param name="changed">Guest physical addresses of bytes that are the guest's now, and were not before.</param>
    internal void RecordRest(IReadOnlyList<ulong> changed)
    {
        if (_written is null)
        {
            foreach (var recorder in Recorders)
                recorder.RecordAll();
            return;
        }
        if (!_isDifference)
            FindWritten();
        RecordWritten();
        foreach (var address in changed)
            RecordRange(address, 1);
    }

    /// <summary>The slots with the contents of their memories.</summary>
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

    // Which memory is which is known by the numbers of the slots that map it.
    private void RequireSlotsOf(VmState earlier)
    {
        List<PageRecorder> memories = [.. Recorders];
        List<MemoryState> before = [.. earlier.Memories()];
        var now = _slots.Select(slot => (slot.Slot.Number, slot.Slot.Size, memories.IndexOf(slot.Recorder)));
        if (!now.SequenceEqual(earlier.Slots.Select(slot => (slot.Number, slot.Memory.Size, before.IndexOf(slot.Memory)))))
            throw new ArgumentException("The earlier state has other memory slots than the VM.", nameof(earlier));
    }

    private ulong ReadLogs()
    {
        ulong count = 0;
        foreach (var bitmap in _written!.Values)
        {
            _vm.GetDirtyLog(bitmap);
            if (_vm.Handle.KeepsDirtyLog)
                _vm.ClearDirtyLog(bitmap);
            count += bitmap.Count;
        }
        return count;
    }

    private static List<PageRange> RangesOf(DirtyBitmap bitmap)
    {
        List<PageRange> ranges = [];
        foreach (var page in bitmap)
        {
            var start = page * GuestMemory.PageSize;
            if (ranges.Count != 0 && ranges[^1].End == start)
                ranges[^1] = ranges[^1] with { End = start + GuestMemory.PageSize };
            else
                ranges.Add(new(start, start + GuestMemory.PageSize));
        }
        return ranges;
    }
}
