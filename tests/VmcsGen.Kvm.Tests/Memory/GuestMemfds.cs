using System;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using VmcsGen.Kvm.Interop;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Memory;

/// <summary>KVM_CREATE_GUEST_MEMFD, and slots that KVM_SET_USER_MEMORY_REGION2 backs by such a file.</summary>
public partial class GuestMemfds
{
    private const ulong Page = 0x1000;

    private const KvmGuestMemfdFlags Shared = KvmGuestMemfdFlags.Mmap | KvmGuestMemfdFlags.InitShared;

    [Fact]
    public void Guest_s_memory_comes_from_the_file_and_not_from_the_shared_memory()
    {
        using var guest = CreateWriter();
        using var file = CreateShared(guest.Vm, 2 * Page);
        using var shared = GuestMemory.Allocate(Page);
        guest.Vm.MapMemory(guest.Window, shared, file, Page);

        guest.RunToOut(GuestPrograms.Port);

        Assert.Equal(0u, shared.Read<uint>(0x10));
        Assert.Equal((0u, 0x1122_3344u), (ReadMapped(file, 0x10), ReadMapped(file, Page + 0x10)));
    }

    [Fact]
    public void File_that_was_closed_stays_while_a_slot_uses_it()
    {
        var before = KvmResources.Count();
        using (var guest = CreateWriter())
        {
            var file = CreateShared(guest.Vm, Page);
            using var copy = new SafeFileHandle((nint)dup((int)file.DangerousGetHandle()), ownsHandle: true);
            using var shared = GuestMemory.Allocate(Page);
            var slot = guest.Vm.MapMemory(guest.Window, shared, file);
            Assert.True(slot.IsMapped);
            Assert.True(slot.Flags.HasFlag(KvmMemoryRegionFlags.GuestMemfd));

            file.Dispose();
            guest.RunToOut(GuestPrograms.Port);
            Assert.Equal(0x1122_3344u, ReadMapped(copy, 0x10));

            var open = KvmResources.CountWithoutCollecting().Descriptors;
            slot.Unmap();
            Assert.Equal(open - 1, KvmResources.CountWithoutCollecting().Descriptors);
        }
        Assert.Equal(before, KvmResources.Count());
    }

    [Fact]
    public void Unmapped_slot_is_gone_for_the_guest_and_its_place_is_free()
    {
        using var guest = CreateWriter();
        using var file = CreateShared(guest.Vm, Page);
        using var shared = GuestMemory.Allocate(Page);
        var slot = guest.Vm.MapMemory(guest.Window, shared, file);

        slot.Unmap();

        Assert.True(guest.RunTo(KvmExitReason.Mmio).Mmio.IsWrite);
        var again = guest.Vm.MapMemory(guest.Window, shared, file);
        Assert.Equal(slot.Number, again.Number);
    }

    [Fact]
    public void Slot_must_lie_within_the_file_at_a_page()
    {
        using var host = TestHost.Open(KvmCapability.GuestMemfd, KvmCapability.UserMemory2);
        using var vm = host.CreateVm();
        using var file = CreateShared(vm, 2 * Page);
        using var shared = GuestMemory.Allocate(2 * Page);

        foreach (var offset in new[] { Page, 2 * Page, 1ul, ulong.MaxValue - Page + 1 })
        {
            var refusal = Assert.Throws<KvmException>(() => vm.MapMemory(0, shared, file, offset));
            Assert.Equal("KVM_SET_USER_MEMORY_REGION2", refusal.Operation);
            Assert.Equal(Errno.EINVAL, refusal.Errno);
        }
        Assert.True(vm.MapMemory(0, shared, file).IsMapped);
    }

    [Fact]
    public void File_of_another_VM_and_what_is_no_such_file_are_refused()
    {
        using var host = TestHost.Open(KvmCapability.GuestMemfd, KvmCapability.UserMemory2);
        using var vm = host.CreateVm();
        using var other = host.CreateVm();
        using var foreign = CreateShared(other, Page);
        using var ordinary = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite);
        using var shared = GuestMemory.Allocate(Page);

        Assert.Equal(Errno.EINVAL, Assert.Throws<KvmException>(() => vm.MapMemory(0, shared, foreign)).Errno);
        Assert.Equal(Errno.EINVAL, Assert.Throws<KvmException>(() => vm.MapMemory(0, shared, ordinary)).Errno);
        Assert.Throws<ArgumentNullException>(() => vm.MapMemory(0, shared, (SafeHandle)null!));
        foreign.Dispose();
        Assert.Throws<ObjectDisposedException>(() => vm.MapMemory(0, shared, foreign));
        Assert.True(vm.MapMemory(0, shared).IsMapped);
    }

    [Fact]
    public void Overlap_and_alignment_are_checked_as_for_other_slots()
    {
        using var host = TestHost.Open(KvmCapability.GuestMemfd, KvmCapability.UserMemory2);
        using var vm = host.CreateVm();
        using var file = CreateShared(vm, 2 * Page);
        using var shared = GuestMemory.Allocate(Page);
        vm.MapMemory(0x1_0000, shared, slot: 3);

        Assert.Throws<ArgumentException>(() => vm.MapMemory(0x1_0000, shared, file));
        Assert.Throws<ArgumentException>(() => vm.MapMemory(0x2_0001, shared, file));
        Assert.Throws<ArgumentException>(() => vm.MapMemory(0x2_0000, shared, file, slot: 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => vm.MapMemory(0x2_0000, shared, file, slot: -1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4097)]
    public void File_has_whole_pages(ulong size)
    {
        using var host = TestHost.Open(KvmCapability.GuestMemfd);
        using var vm = host.CreateVm();

        var refusal = Assert.Throws<KvmException>(() => vm.CreateGuestMemfd(size));

        Assert.Equal("KVM_CREATE_GUEST_MEMFD", refusal.Operation);
        Assert.Equal(Errno.EINVAL, refusal.Errno);
        Assert.Contains("multiple of the page size", refusal.Remedy!, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_flag_is_refused_and_no_descriptor_is_left()
    {
        using var host = TestHost.Open(KvmCapability.GuestMemfd);
        using var vm = host.CreateVm();
        var before = KvmResources.Count();

        Assert.Equal(Errno.EINVAL, Assert.Throws<KvmException>(() => vm.CreateGuestMemfd(Page, (KvmGuestMemfdFlags)(1ul << 63))).Errno);
        using (LibcFault.OfIoctl(KvmIoctl.KVM_CREATE_GUEST_MEMFD, Errno.ENOMEM))
            Assert.Equal(Errno.ENOMEM, Assert.Throws<KvmException>(() => vm.CreateGuestMemfd(Page)).Errno);
        using (var file = vm.CreateGuestMemfd(Page))
            Assert.Equal(before.Descriptors + 1, KvmResources.Count().Descriptors);

        Assert.Equal(before, KvmResources.Count());
        vm.Dispose();
        Assert.Throws<ObjectDisposedException>(() => vm.CreateGuestMemfd(Page));
    }

    // In a mode in which every KVM lets the processor access memory: an emulator goes by the shared memory.
    private static Guest CreateWriter() =>
        Guest.Create(
            GuestMode.LongUser,
            static code =>
            {
                code.mov(__dword_ptr.fs[0x10], 0x1122_3344);
                code.@out(GuestPrograms.Port, al);
            },
            null,
            KvmCapability.GuestMemfd,
            KvmCapability.UserMemory2,
            KvmCapability.GuestMemfdFlags
        );

    private static SafeFileHandle CreateShared(KvmVm vm, ulong size)
    {
        Assert.SkipUnless(((KvmGuestMemfdFlags)vm.Check(KvmCapability.GuestMemfdFlags)).HasFlag(Shared), "This KVM shares no guest_memfd.");
        return vm.CreateGuestMemfd(size, Shared);
    }

    // The file can be mapped, but not read as a file.
    private static unsafe uint ReadMapped(SafeFileHandle file, ulong offset)
    {
        using var held = new HeldDescriptor(file);
        var length = (nuint)(offset / Page + 1) * (nuint)Page;
        var mapping = Libc.Map(0, length, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED, held.Number);
        Assert.NotEqual(Libc.MapFailed, mapping);
        var value = *(uint*)(mapping + (nint)offset);
        Libc.Unmap(mapping, length);
        return value;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int dup(int descriptor);
}
