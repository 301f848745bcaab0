using System.Collections.Generic;
using System.Linq;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Dirty;

/// <summary>Dirty rings by both capabilities, the exit for a full ring, and KVM_RESET_DIRTY_RINGS.</summary>
public unsafe class DirtyRings
{
    private const int Entries = 256;
    private const int WindowPages = 0x20_0000 / 4096;

    [Theory]
    [InlineData(KvmCapability.DirtyLogRing)]
    [InlineData(KvmCapability.DirtyLogRingAcqRel)]
    public void Full_ring_ends_Run_until_it_was_harvested_and_reset(KvmCapability capability)
    {
        using var guest = Create(capability);
        using var memory = GuestMemory.Allocate(0x20_0000);
        var slot = guest.Vm.MapMemory(guest.Window, memory, KvmMemoryRegionFlags.LogDirtyPages);
        using var ring = guest.Vcpu.MapDirtyRing();
        var entries = new DirtyPage[Entries + 1];
        HashSet<ulong> pages = [];

        // The guest writes to twice as many pages as the ring has entries, again and again.
        for (var round = 0; pages.Count < WindowPages; round++)
        {
            Assert.InRange(round, 0, 20);
            var exit = guest.RunTo(KvmExitReason.DirtyRingFull);
            Assert.Equal("DirtyRingFull: harvest the vCPU's dirty ring", exit.ToString());
            var harvested = ring.Harvest(entries);
            Assert.All(entries[..harvested], entry => Assert.Equal(slot.Number, entry.Slot));
            pages.UnionWith(entries[..harvested].Select(static entry => entry.Page));
            Assert.InRange(harvested, Entries / 4, Entries);
            Assert.Equal(harvested, guest.Vm.ResetDirtyRings());
            Assert.Equal(0, guest.Vm.ResetDirtyRings());
        }
        Assert.True(pages.IsSubsetOf(Enumerable.Range(0, WindowPages).Select(static page => (ulong)page)));
    }

    [Fact]
    public void Ring_without_a_bitmap_leaves_no_dirty_log()
    {
        using var guest = Create();
        using var memory = GuestMemory.Allocate(0x1000);
        var slot = guest.Vm.MapMemory(guest.Window, memory, KvmMemoryRegionFlags.LogDirtyPages);

        var refusal = Assert.Throws<KvmException>(() => guest.Vm.GetDirtyLog(slot));

        Assert.Equal("KVM_GET_DIRTY_LOG", refusal.Operation);
        Assert.Equal(Errno.ENXIO, refusal.Errno);
    }

    [Fact]
    public void VM_without_rings_has_none_to_reset()
    {
        using var host = TestHost.Open(KvmCapability.DirtyLogRingAcqRel);
        using var vm = host.CreateVm();

        var refusal = Assert.Throws<KvmException>(() => vm.ResetDirtyRings());

        Assert.Equal("KVM_RESET_DIRTY_RINGS", refusal.Operation);
        Assert.Equal(Errno.EINVAL, refusal.Errno);
    }

    // Writes to each page of the window, for ever.
    private static Guest Create(KvmCapability capability = KvmCapability.DirtyLogRingAcqRel) =>
        Guest.Create(
            GuestMode.LongUser,
            static code =>
            {
                var again = code.CreateLabel();
                var next = code.CreateLabel();
                code.Label(ref again);
                code.xor(ebx, ebx);
                code.Label(ref next);
                code.inc(__dword_ptr.fs[rbx]);
                code.add(ebx, 0x1000);
                code.cmp(ebx, 0x20_0000);
                code.jb(next);
                code.jmp(again);
            },
            vm => vm.EnableCap(capability, Entries * (ulong)sizeof(KvmDirtyGfn)),
            capability
        );
}
