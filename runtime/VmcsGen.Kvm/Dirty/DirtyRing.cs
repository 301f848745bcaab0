using System;
using System.Threading;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

/// <summary>
/// A vCPU's dirty ring: KVM appends each page that the vCPU writes for the first time, and the VMM takes them out. Harvest
/// while the guest runs, then <see cref="KvmVm.ResetDirtyRings"/>, and only then read the pages: what is written after the
/// reset is reported again, what was written before is seen. Source: Documentation/virt/kvm/api.rst 7.36.
/// </summary>
/// <remarks>
/// A ring that is nearly full ends Run with <see cref="KvmExitReason.DirtyRingFull"/>; harvest, reset and run on. The
/// processor may hold back pages of a vCPU that is in the guest, so the last harvest is good only after <see cref="KvmVcpu.Run()"/>
/// returned. All members may be used from several threads; one harvests at a time.
/// </remarks>
[MustDispose]
public sealed unsafe class DirtyRing : IDisposable
{
    private readonly Lock _gate = new();
    private readonly MappingHandle _mapping;
    private int _next;

    internal DirtyRing(MappingHandle mapping, int capacity)
    {
        _mapping = mapping;
        Capacity = capacity;
    }

    /// <summary>Number of entries. Run ends when somewhat fewer are in use, for the kernel keeps a reserve.</summary>
    public int Capacity { get; }

    /// <summary>
    /// Takes the oldest entries out of the ring. KVM uses them again, and tracks their pages again, after
    /// <see cref="KvmVm.ResetDirtyRings"/>.
    /// </summary>
    /// <param name="pages">
    /// Receives them. The numbers are as KVM wrote them; <see cref="DirtyBitmap.TryAdd"/> checks them. A page is named again
    /// after a reset, and that can be for the same write: KVM names it when it lets the guest write, before the guest does.
    /// </param>
    /// <returns>How many; fewer than there is room for if the ring is empty.</returns>
    /// <exception cref="ObjectDisposedException">The ring was disposed of.</exception>
    public int Harvest(Span<DirtyPage> pages)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_mapping.IsClosed, this);
            // The gate makes this sound: the mapping has Capacity entries, _next is less, and nobody unmaps it meanwhile.
            var ring = (KvmDirtyGfn*)_mapping.Address;
            var next = _next;
            var count = 0;
            while (count < pages.Length && TryTake(ring + next, ref pages[count]))
            {
                count++;
                next = next + 1 == Capacity ? 0 : next + 1;
            }
            _next = next;
            GC.KeepAlive(_mapping);
            return count;
        }
    }

    /// <summary>Gives up the mapping. KVM goes on to fill the ring, and Run then ends when it is full.</summary>
    public void Dispose()
    {
        lock (_gate)
            _mapping.Dispose();
    }

    private static bool TryTake(KvmDirtyGfn* entry, ref DirtyPage page)
    {
        ref var flags = ref *(uint*)&entry->Flags;
        // The entry's other members are good once the flag is seen: an acquire here, for the release in the kernel.
        if ((KvmDirtyGfnFlags)Volatile.Read(ref flags) != KvmDirtyGfnFlags.Dirty)
            return false;
        page = new((int)entry->Slot, entry->Offset);
        // And the kernel may use the entry again once it sees this flag: a release, after the members were read.
        Volatile.Write(ref flags, (uint)KvmDirtyGfnFlags.Reset);
        return true;
    }
}
