using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using VmcsGen.Interop;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Abi;

/// <summary>Dirty rings by both capabilities, the exit for a full ring, and KVM_RESET_DIRTY_RINGS.</summary>
public unsafe partial class DirtyRings
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
        using var ring = new Ring(guest.Vcpu);
        HashSet<ulong> pages = [];

        // The guest writes to twice as many pages as the ring has entries, again and again.
        for (var round = 0; pages.Count < WindowPages; round++)
        {
            Assert.InRange(round, 0, 20);
            var exit = guest.RunTo(KvmExitReason.DirtyRingFull);
            Assert.Equal("DirtyRingFull: harvest the vCPU's dirty ring", exit.ToString());
            var harvested = ring.Harvest(slot, pages);
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
    private static Guest Create(KvmCapability capability = KvmCapability.DirtyLogRingAcqRel) => Guest.Create(
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
        capability);

    /// <summary>A vCPU's ring, mapped from its descriptor.</summary>
    private sealed class Ring : IDisposable
    {
        private readonly KvmDirtyGfn* _entries;
        private int _next;

        public Ring(KvmVcpu vcpu)
        {
            const nint Offset = (nint)KvmVcpuMapping.KvmDirtyLogPageOffset * 4096;
            var mapping = mmap(
                0, Entries * (nuint)sizeof(KvmDirtyGfn), Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED, DescriptorOf(vcpu), Offset);
            Assert.NotEqual(Libc.MapFailed, mapping);
            _entries = (KvmDirtyGfn*)mapping;
        }

        /// <summary>Takes the entries that KVM filled and marks them as taken.</summary>
        public int Harvest(MemorySlot slot, HashSet<ulong> pages)
        {
            var count = 0;
            while (Volatile.Read(ref Unsafe.As<KvmDirtyGfnFlags, uint>(ref _entries[_next].Flags)) == (uint)KvmDirtyGfnFlags.Dirty)
            {
                if (_entries[_next].Slot == (uint)slot.Number)
                    pages.Add(_entries[_next].Offset);
                Volatile.Write(ref Unsafe.As<KvmDirtyGfnFlags, uint>(ref _entries[_next].Flags), (uint)KvmDirtyGfnFlags.Reset);
                _next = (_next + 1) % Entries;
                count++;
            }
            return count;
        }

        public void Dispose() => Libc.Unmap((nint)_entries, Entries * (nuint)sizeof(KvmDirtyGfn));

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_descriptor")]
        private static extern ref readonly int DescriptorOf(KvmVcpu vcpu);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint mmap(nint address, nuint length, int protection, int flags, int descriptor, nint offset);
}
