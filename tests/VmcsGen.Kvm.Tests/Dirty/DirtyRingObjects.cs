using System;
using System.Runtime.InteropServices;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Dirty;

/// <summary>How a dirty ring is enabled, mapped and given up, and what is refused.</summary>
public class DirtyRingObjects
{
    [Fact]
    public void Ring_needs_to_be_enabled_before_the_vCPU_is_created()
    {
        using var host = TestHost.Open(KvmCapability.DirtyLogRingAcqRel);
        using var vm = host.CreateVm();
        using var vcpu = vm.CreateVcpu(0);

        var refusal = Assert.Throws<InvalidOperationException>(vcpu.MapDirtyRing);
        Assert.Contains("EnableDirtyRing", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(Errno.EINVAL, Assert.Throws<KvmException>(() => vm.EnableDirtyRing(1024)).Errno);
        Assert.Throws<InvalidOperationException>(vcpu.MapDirtyRing);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(128)]
    [InlineData(1000)]
    [InlineData(1 << 30)]
    public void Number_of_entries_that_no_ring_has_is_refused_before_the_ioctl(int entries)
    {
        using var host = TestHost.Open(KvmCapability.DirtyLogRingAcqRel);
        using var vm = host.CreateVm();

        using var ioctls = LibcFault.Watch(KvmIoctl.KVM_ENABLE_CAP);
        var refusal = Assert.Throws<ArgumentOutOfRangeException>(() => vm.EnableDirtyRing(entries));

        Assert.Contains("power of two of entries, from 256 to", refusal.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => vm.EnableDirtyRing(1024, KvmCapability.Irqchip));
        Assert.Equal(0, ioctls.Calls);
    }

    [Fact]
    public void Ring_is_mapped_once()
    {
        using var host = TestHost.Open(KvmCapability.DirtyLogRingAcqRel);
        using var vm = host.CreateVm();
        vm.EnableDirtyRing(1024);
        using var vcpu = vm.CreateVcpu(0);

        using (LibcFault.Of("mmap", Errno.ENOMEM))
            Assert.Equal(Errno.ENOMEM, Assert.Throws<KvmException>(vcpu.MapDirtyRing).Errno);
        using var ring = vcpu.MapDirtyRing();

        Assert.Equal(1024, ring.Capacity);
        Assert.Equal(0, ring.Harvest(new DirtyPage[1]));
        Assert.Throws<InvalidOperationException>(vcpu.MapDirtyRing);
        ring.Dispose();
        Assert.Throws<ObjectDisposedException>(() => ring.Harvest(new DirtyPage[1]));
        vcpu.Dispose();
        Assert.Throws<ObjectDisposedException>(vcpu.MapDirtyRing);
    }

    [Fact]
    public void Ring_can_be_harvested_after_its_vCPU_and_VM_were_disposed_of()
    {
        var before = KvmResources.Count();
        using var guest = Guest.Create(
            GuestMode.Real,
            static code =>
            {
                code.mov(__byte_ptr.fs[0x2000], 1);
                code.hlt();
            },
            static vm => vm.EnableDirtyRing(1024),
            KvmCapability.DirtyLogRingAcqRel
        );
        using var memory = GuestMemory.Allocate(0x4000);
        var slot = guest.Vm.MapMemory(guest.Window, memory, KvmMemoryRegionFlags.LogDirtyPages);
        using var ring = guest.Vcpu.MapDirtyRing();
        guest.RunTo(KvmExitReason.Hlt);
        guest.Dispose();

        var pages = new DirtyPage[8];
        Assert.Equal(1, ring.Harvest(pages));
        Assert.Equal(new DirtyPage(slot.Number, 2), pages[0]);
        ring.Dispose();
        Assert.Equal(before.Descriptors, KvmResources.Count().Descriptors);
    }

    [Fact]
    public void Harvest_allocates_nothing_and_takes_no_more_than_there_is_room_for()
    {
        using var guest = Guest.Create(
            GuestMode.Real,
            static code =>
            {
                for (var page = 0; page < 8; page++)
                    code.mov(__byte_ptr.fs[0x1000 * page], 1);
                code.hlt();
            },
            static vm => vm.EnableDirtyRing(1024),
            KvmCapability.DirtyLogRingAcqRel
        );
        using var memory = GuestMemory.Allocate(0x8000);
        guest.Vm.MapMemory(guest.Window, memory, KvmMemoryRegionFlags.LogDirtyPages);
        using var ring = guest.Vcpu.MapDirtyRing();
        Assert.Equal(0, ring.Harvest(new DirtyPage[1]));
        guest.RunTo(KvmExitReason.Hlt);
        var pages = new DirtyPage[3];

        var before = GC.GetAllocatedBytesForCurrentThread();
        var counts = (ring.Harvest(pages), ring.Harvest(pages), ring.Harvest(pages), ring.Harvest(pages));
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal((3, 3, 2, 0), counts);
        Assert.Equal(0, allocated);
        Assert.Equal(8, guest.Vm.ResetDirtyRings());
    }

    [Fact]
    public void Entries_of_a_ring_that_is_full_of_nonsense_are_handed_out_once_and_refused_by_the_bitmap()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(0x4000);
        var bitmap = new DirtyBitmap(vm.MapMemory(0, memory));
        using var fake = GuestMemory.Allocate(0x1000);
        var entries = MemoryMarshal.Cast<byte, KvmDirtyGfn>(fake.Span);
        new Random(1).NextBytes(fake.Span);
        foreach (ref var entry in entries)
            entry.Flags = KvmDirtyGfnFlags.Dirty;
        (entries[3].Slot, entries[3].Offset) = ((uint)bitmap.Slot.Number, 3);
        entries[200].Flags = (KvmDirtyGfnFlags)0xFFFF_FFFF;
        using var ring = new DirtyRing(fake.Mapping, entries.Length);
        var pages = new DirtyPage[1000];

        var count = ring.Harvest(pages);

        Assert.Equal(200, count); // Up to the one whose flags are none.
        Assert.Equal([new DirtyPage(bitmap.Slot.Number, 3)], Array.FindAll(pages[..count], bitmap.TryAdd));
        Assert.Equal(1ul, bitmap.Count);
        Assert.Equal(0, ring.Harvest(pages));
        Assert.Equal(KvmDirtyGfnFlags.Reset, entries[199].Flags);
    }
}
