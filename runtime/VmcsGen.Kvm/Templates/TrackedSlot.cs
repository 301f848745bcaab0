using System;
using System.Runtime.CompilerServices;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

/// <summary>A slot whose written pages are found and put back.</summary>
internal sealed unsafe class TrackedSlot : IDisposable
{
    private readonly MappingHandle _mapping;
    private readonly MappingHandle _original;
    private readonly DirtyBitmap _noted;
    private bool _held;
    private bool _originalHeld;

    /// <param name="slot">The slot, which logs dirty pages.</param>
    /// <param name="original">What it held, in memory that nobody writes.</param>
    internal TrackedSlot(MemorySlot slot, GuestMemory original)
    {
        Slot = slot;
        Dirty = new(slot);
        _noted = new(slot);
        _mapping = slot.Memory.Mapping;
        _original = original.Mapping;
        _mapping.DangerousAddRef(ref _held);
        _original.DangerousAddRef(ref _originalHeld);
    }

    internal MemorySlot Slot { get; }

    /// <summary>What the kernel tells.</summary>
    internal DirtyBitmap Dirty { get; }

    /// <summary>Notes what the kernel cannot tell.</summary>
    internal void Note(ulong offset, ulong length)
    {
        for (var page = offset / GuestMemory.PageSize; page * GuestMemory.PageSize < offset + length; page++)
            _noted[page] = true;
    }

    /// <summary>Puts the pages back that were written, and forgets them.</summary>
    /// <returns>How many they were.</returns>
    internal int PutBack()
    {
        Dirty.UnionWith(_noted);
        var count = 0;
        foreach (var page in Dirty)
        {
            var offset = (nint)(page * GuestMemory.PageSize);
            Unsafe.CopyBlock((void*)(_mapping.Address + offset), (void*)(_original.Address + offset), GuestMemory.PageSize);
            count++;
        }
        _noted.Clear();
        Dirty.Clear();
        return count;
    }

    public void Dispose()
    {
        if (_held)
            _mapping.DangerousRelease();
        if (_originalHeld)
            _original.DangerousRelease();
        (_held, _originalHeld) = (false, false);
    }
}
