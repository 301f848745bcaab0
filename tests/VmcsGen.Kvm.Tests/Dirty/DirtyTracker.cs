using System;
using System.Threading;
using Xunit;

namespace VmcsGen.Kvm.Tests.Dirty;

/// <summary>The three ways of learning which pages a guest wrote.</summary>
public enum Tracking
{
    /// <summary>KVM_GET_DIRTY_LOG, which clears what it reads.</summary>
    Log,

    /// <summary>KVM_GET_DIRTY_LOG, and KVM_CLEAR_DIRTY_LOG after it.</summary>
    ManualLog,

    /// <summary>The vCPU's dirty ring.</summary>
    Ring,
}

/// <summary>Finds the pages of a slot that were written since the last time, in one of the ways, for any thread.</summary>
internal sealed class DirtyTracker : IDisposable
{
    // More than the writes of a test's round: an emulated write is reported each time, and a KVM that emulates many of them in one
    // go does not look meanwhile whether the ring is full.
    private const int RingEntries = 8192;

    private readonly Lock _gate = new();
    private readonly Tracking _tracking;
    private readonly KvmVm _vm;
    private readonly DirtyBitmap _bitmap;
    private readonly DirtyRing? _ring;
    private readonly DirtyPage[] _entries = new DirtyPage[64];

    public DirtyTracker(Tracking tracking, KvmVm vm, KvmVcpu vcpu, MemorySlot slot)
    {
        _tracking = tracking;
        _vm = vm;
        _bitmap = new DirtyBitmap(slot);
        _ring = tracking == Tracking.Ring ? vcpu.MapDirtyRing() : null;
    }

    public static void Enable(Tracking tracking, KvmVm vm)
    {
        if (tracking == Tracking.Ring)
            vm.EnableDirtyRing(RingEntries);
        else if (tracking == Tracking.ManualLog)
            vm.EnableManualDirtyLogProtect();
    }

    /// <summary>Harvests, and hands out each page as often as it was reported, before anybody else harvests.</summary>
    public int Harvest(Action<ulong> use)
    {
        lock (_gate)
            return _ring is null ? HarvestLog(use) : HarvestRing(_ring, use);
    }

    public void Dispose() => _ring?.Dispose();

    private int HarvestLog(Action<ulong> use)
    {
        _vm.GetDirtyLog(_bitmap);
        if (_tracking == Tracking.ManualLog)
            _vm.ClearDirtyLog(_bitmap);
        foreach (var page in _bitmap)
            use(page);
        return (int)_bitmap.Count;
    }

    private int HarvestRing(DirtyRing ring, Action<ulong> use)
    {
        // In portions, so that the ring wraps at other places than at its end. Each is reset before its pages are read.
        var total = 0;
        int count;
        do
        {
            count = ring.Harvest(_entries);
            if (count > 0)
                Assert.Equal(count, _vm.ResetDirtyRings());
            foreach (var entry in _entries.AsSpan(0, count))
            {
                Assert.Equal(_bitmap.Slot.Number, entry.Slot);
                Assert.True(entry.Page < _bitmap.PageCount);
                use(entry.Page);
            }
            total += count;
        } while (count > 0);
        return total;
    }
}
