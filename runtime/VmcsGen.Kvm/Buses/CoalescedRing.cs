using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Threading;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

/// <summary>
/// The ring in which KVM collects writes, one for all vCPUs of a VM. KVM appends at last, we consume from first; the indices are
/// those of entries, and equal if the ring is empty. Source: Documentation/virt/kvm/api.rst 4.116.
/// </summary>
/// <remarks>
/// The page is mapped once more than by the vCPUs, because those mappings go with them. A caller holds a vCPU, and by it the VM,
/// so that it cannot be unmapped meanwhile.
/// </remarks>
internal sealed unsafe class CoalescedRing(KvmDescriptor vm)
{
    private const uint Length = KvmMemoryLimits.KvmCoalescedMmioMax;

    private readonly Lock _gate = new();
    private readonly List<CoalescedZone> _zones = [];
    private nint _mapping;
    private nuint _mappingSize;
    private nint _page;

    internal CoalescedZone Add(ulong address, uint size, bool isPort)
    {
        var zone = new CoalescedZone(this, address, size, isPort);
        lock (_zones)
        {
            // KVM would take it, and end both when one is to end.
            if (_zones.Find(zone.Overlaps) is { } other)
                throw new ArgumentException($"The zone {zone} overlaps the zone {other}. Dispose of that one first.");
            var argument = zone.Argument;
            vm.Ioctl(KvmIoctl.KVM_REGISTER_COALESCED_MMIO, &argument, zone, static zone => zone.ToString());
            _zones.Add(zone);
        }
        return zone;
    }

    internal void Remove(CoalescedZone zone)
    {
        lock (_zones)
        {
            if (!_zones.Remove(zone))
                return;
            var argument = zone.Argument;
            try
            {
                _ = vm.TryIoctl(KvmIoctl.KVM_UNREGISTER_COALESCED_MMIO, (nuint)(&argument));
            }
            catch (ObjectDisposedException)
            {
                // The VM is gone, and the zone with it.
            }
        }
    }

    /// <summary>Whether there are writes that nobody took out.</summary>
    internal bool HasWrites(KvmVcpuHandle vcpu)
    {
        var ring = Map(vcpu);
        return Volatile.Read(ref ring->First) != Volatile.Read(ref ring->Last);
    }

    internal int Drain(KvmVcpuHandle vcpu, CoalescedWriteHandler handler)
    {
        var ring = Map(vcpu);
        // A write leaves the ring only when it was handled. So if the ring is empty, all that came before was.
        if (Volatile.Read(ref ring->First) == Volatile.Read(ref ring->Last) || _gate.IsHeldByCurrentThread)
            return 0;
        lock (_gate)
        {
            // Not beyond what is there now: other vCPUs may go on writing for ever.
            var last = Volatile.Read(ref ring->Last);
            var first = ring->First;
            if (first >= Length || last >= Length)
                ThrowCorrupt($"indices {first} and {last}, and it has {Length} entries");
            var count = 0;
            for (; first != last; count++)
            {
                var next = (first + 1) % Length;
                try
                {
                    Deliver(((KvmCoalescedMmio*)(ring + 1))[first], handler);
                }
                finally
                {
                    // The entry was read: KVM may use it from now on.
                    Volatile.Write(ref ring->First, next);
                }
                first = next;
            }
            return count;
        }
    }

    /// <summary>Called when nothing can use the VM any more.</summary>
    internal void Unmap()
    {
        if (_mapping != 0)
            _ = Libc.Unmap(_mapping, _mappingSize);
        _mapping = 0;
    }

    private static void Deliver(KvmCoalescedMmio entry, CoalescedWriteHandler handler)
    {
        ReadOnlySpan<byte> data = entry.Data;
        if (entry.Len == 0 || entry.Len > (uint)data.Length)
            ThrowCorrupt($"a write of {entry.Len} bytes, and one has 1 to {data.Length}");
        handler(new CoalescedWrite(entry.PhysAddr, entry.Pio != 0, data[..(int)entry.Len]));
    }

    private KvmCoalescedMmioRing* Map(KvmVcpuHandle vcpu)
    {
        var page = Volatile.Read(ref _page);
        if (page == 0)
        {
            lock (_zones)
            {
                if (_page == 0)
                    MapPage(vcpu);
                page = _page;
            }
        }
        return (KvmCoalescedMmioRing*)page;
    }

    private void MapPage(KvmVcpuHandle vcpu)
    {
        var size = (nuint)vcpu.RunPageSize;
        var offset = (nuint)vm.Ioctl(KvmIoctl.KVM_CHECK_EXTENSION, (nuint)KvmCapability.CoalescedMmio) * Libc.PageSize;
        if (offset == 0 || offset + Libc.PageSize > size)
            throw new InvalidDataException($"KVM puts the ring of coalesced writes at 0x{offset:X} of a vCPU's 0x{size:X} bytes.");
        var mapping = Libc.Map(0, size, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED, vcpu.Descriptor);
        if (mapping == Libc.MapFailed)
            throw new KvmException("mmap", Libc.LastErrno, "ring of coalesced writes");
        _mapping = mapping;
        _mappingSize = size;
        Volatile.Write(ref _page, mapping + (nint)offset);
    }

    [DoesNotReturn]
    private static void ThrowCorrupt(string what) =>
        throw new InvalidDataException($"The ring of coalesced writes has {what}. Something other than KVM wrote to its page.");
}
