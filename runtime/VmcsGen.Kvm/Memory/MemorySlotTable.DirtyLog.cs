using System;

namespace VmcsGen.Kvm;

// KVM trusts the address of a dirty bitmap and goes by the size of the slot. So the slot is looked up here, and cannot be
// replaced by a larger one of the same number until KVM is done: the lock is held.
internal sealed unsafe partial class MemorySlotTable
{
    internal void GetDirtyLog(MemorySlot slot, Span<ulong> bitmap)
    {
        lock (_gate)
        {
            RequireHeld(slot);
            RequireLength(slot, slot.PageCount, bitmap.Length, nameof(bitmap));
            fixed (ulong* words = bitmap)
            {
                KvmDirtyLog log = new() { Slot = (uint)slot.Number, DirtyBitmap = (nuint)words };
                Ioctl(KvmIoctl.KVM_GET_DIRTY_LOG, &log, slot);
            }
        }
    }

    internal void ClearDirtyLog(MemorySlot slot, ulong firstPage, uint pageCount, ReadOnlySpan<ulong> bitmap)
    {
        lock (_gate)
        {
            RequireHeld(slot);
            RequireLength(slot, pageCount, bitmap.Length, nameof(bitmap));
            fixed (ulong* words = bitmap)
            {
                KvmClearDirtyLog log = new()
                {
                    Slot = (uint)slot.Number,
                    FirstPage = firstPage,
                    NumPages = pageCount,
                    DirtyBitmap = (nuint)words,
                };
                Ioctl(KvmIoctl.KVM_CLEAR_DIRTY_LOG, &log, slot);
            }
        }
    }

    private void Ioctl(uint request, void* log, MemorySlot slot) => _vm.Ioctl(request, log, slot, static slot => slot.ToString());

    private void RequireHeld(MemorySlot slot)
    {
        if (!HoldsNow(slot))
            throw new ArgumentException($"{slot} is not mapped in this VM: it was unmapped, or belongs to another one.", nameof(slot));
    }

    private static void RequireLength(MemorySlot slot, ulong pages, int words, string parameter)
    {
        ulong needed = MemorySlot.BitmapLength(pages);
        if ((ulong)words < needed)
        {
            throw new ArgumentException(
                $"The dirty bitmap of {pages} pages in {slot} takes {needed * sizeof(ulong)} bytes, "
                    + $"and there are {words * (long)sizeof(ulong)}.",
                parameter
            );
        }
    }
}
