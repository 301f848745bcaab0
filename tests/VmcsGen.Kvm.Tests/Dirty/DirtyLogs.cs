using System;
using System.Linq;
using Iced.Intel;
using VmcsGen.Kvm.Interop;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Dirty;

/// <summary>KVM_GET_DIRTY_LOG and KVM_CLEAR_DIRTY_LOG: KVM goes by the size of the slot, whatever it is given.</summary>
public class DirtyLogs
{
    private const ulong GiB = 1ul << 30;
    private const ulong Page = 0x1000;

    [Theory, MemberData(nameof(Modes.All), MemberType = typeof(Modes))]
    public void Pages_that_the_guest_wrote_are_dirty_once(GuestMode mode)
    {
        using var guest = Guest.Create(
            mode,
            static code =>
            {
                WriteWindowPage(code, 1);
                WriteWindowPage(code, 3);
                code.@out(GuestPrograms.Port, al);
                WriteWindowPage(code, 0);
                code.@out(GuestPrograms.Port, al);
            }
        );
        using var memory = GuestMemory.Allocate(5 * Page);
        var slot = guest.Vm.MapMemory(guest.Window, memory, KvmMemoryRegionFlags.LogDirtyPages);
        Assert.Equal(1, slot.DirtyBitmapLength);

        guest.RunToOut(GuestPrograms.Port);
        Assert.Equal([0b01010ul], guest.Vm.GetDirtyLog(slot));
        Assert.Equal([0ul], guest.Vm.GetDirtyLog(slot));
        guest.RunToOut(GuestPrograms.Port);
        Assert.Equal([0b00001ul], guest.Vm.GetDirtyLog(slot));
    }

    [Fact]
    public void Bitmap_shorter_than_the_slot_s_is_refused_before_the_ioctl_and_the_message_says_how_long_it_must_be()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(GiB);
        var slot = vm.MapMemory(0, memory, KvmMemoryRegionFlags.LogDirtyPages);
        Assert.Equal(4096, slot.DirtyBitmapLength);

        using var ioctls = LibcFault.Watch(KvmIoctl.KVM_GET_DIRTY_LOG);
        foreach (var words in new[] { 0, 1, 64, 4095 })
        {
            var refusal = Assert.Throws<ArgumentException>(() => vm.GetDirtyLog(slot, new ulong[words]));
            Assert.Contains("takes 32768 bytes", refusal.Message, StringComparison.Ordinal);
            Assert.Contains($"there are {8 * words}", refusal.Message, StringComparison.Ordinal);
        }

        Assert.Equal(0, ioctls.Calls);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(63, 1)]
    [InlineData(64, 1)]
    [InlineData(65, 2)]
    [InlineData(128, 2)]
    [InlineData(129, 3)]
    [InlineData(GiB / Page, 4096)]
    public unsafe void KVM_writes_just_the_bitmap_that_the_slot_asks_for(ulong pages, int words)
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(pages * Page);
        var slot = vm.MapMemory(0, memory, KvmMemoryRegionFlags.LogDirtyPages);
        Assert.Equal(words, slot.DirtyBitmapLength);

        using (var exact = new GuardedBuffer(8 * words))
        {
            exact.Bytes.Fill(0xFF);
            vm.GetDirtyLog(slot, exact.As<ulong>());
            Assert.True(exact.As<ulong>().IndexOfAnyExcept(0ul) < 0);
        }

        // That the guard page would have told: KVM meets it if there is a word less.
        using var shorter = new GuardedBuffer(8 * (words - 1));
        KvmDirtyLog log = new() { Slot = (uint)slot.Number, DirtyBitmap = (nuint)shorter.Pointer };
        var refusal = Assert.Throws<KvmException>(() => vm.UnsafeIoctl(KvmIoctl.KVM_GET_DIRTY_LOG, in log));
        Assert.Equal(Errno.EFAULT, refusal.Errno);
    }

    [Fact]
    public void Words_beyond_the_slot_s_stay_as_they_are()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(65 * Page);
        var slot = vm.MapMemory(0, memory, KvmMemoryRegionFlags.LogDirtyPages);
        ulong[] bitmap = [7, 7, 7];

        vm.GetDirtyLog(slot, bitmap);

        Assert.Equal([0ul, 0, 7], bitmap);
    }

    [Fact]
    public void Slot_that_is_not_mapped_in_this_VM_is_refused_before_the_ioctl()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var other = host.CreateVm();
        using var small = GuestMemory.Allocate(Page);
        using var large = GuestMemory.Allocate(GiB);
        var unmapped = vm.MapMemory(0, small, KvmMemoryRegionFlags.LogDirtyPages);
        unmapped.Unmap();
        vm.MapMemory(0, large, KvmMemoryRegionFlags.LogDirtyPages, unmapped.Number);
        var foreign = other.MapMemory(0, small, KvmMemoryRegionFlags.LogDirtyPages);

        using var ioctls = LibcFault.Watch(KvmIoctl.KVM_GET_DIRTY_LOG);
        foreach (var wrong in new[] { unmapped, foreign })
        {
            Assert.Throws<ArgumentException>(() => vm.GetDirtyLog(wrong));
            Assert.Throws<ArgumentException>(() => vm.GetDirtyLog(wrong, new ulong[8192]));
            Assert.Throws<ArgumentException>(() => vm.ClearDirtyLog(wrong, new ulong[8192]));
        }
        Assert.Throws<ArgumentNullException>(() => vm.GetDirtyLog((MemorySlot)null!));
        Assert.Throws<ArgumentNullException>(() => vm.ClearDirtyLog(null!, []));

        Assert.Equal(0, ioctls.Calls);
    }

    [Fact]
    public void Slot_without_a_log_is_refused_and_logs_once_its_flags_say_so()
    {
        using var guest = Guest.Create(
            GuestMode.Real,
            static code =>
            {
                var loop = code.CreateLabel();
                code.Label(ref loop);
                WriteWindowPage(code, 2);
                code.@out(GuestPrograms.Port, al);
                code.jmp(loop);
            }
        );
        using var memory = GuestMemory.Allocate(4 * Page);
        var slot = guest.Vm.MapMemory(guest.Window, memory);
        guest.RunToOut(GuestPrograms.Port);

        var refusal = Assert.Throws<KvmException>(() => guest.Vm.GetDirtyLog(slot));
        Assert.Equal("KVM_GET_DIRTY_LOG", refusal.Operation);
        Assert.Equal(Errno.ENOENT, refusal.Errno);
        Assert.Contains("does not log dirty pages", refusal.Remedy!, StringComparison.Ordinal);

        slot.SetFlags(KvmMemoryRegionFlags.LogDirtyPages);
        Assert.Equal(KvmMemoryRegionFlags.LogDirtyPages, slot.Flags);
        guest.RunToOut(GuestPrograms.Port);
        Assert.Equal([0b0100ul], guest.Vm.GetDirtyLog(slot));
        slot.SetFlags(0);
        Assert.Throws<KvmException>(() => guest.Vm.GetDirtyLog(slot));
    }

    [Fact]
    public void Flag_that_cannot_be_changed_is_refused_and_the_slot_stays_as_it_was()
    {
        using var host = TestHost.Open(KvmCapability.ReadonlyMem);
        using var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(Page);
        var slot = vm.MapMemory(0, memory);

        var refusal = Assert.Throws<KvmException>(() => slot.SetFlags(KvmMemoryRegionFlags.Readonly));

        Assert.Equal("KVM_SET_USER_MEMORY_REGION", refusal.Operation);
        Assert.Equal(Errno.EINVAL, refusal.Errno);
        Assert.Equal(default, slot.Flags);
        slot.Unmap();
        Assert.Throws<ArgumentException>(() => slot.SetFlags(KvmMemoryRegionFlags.LogDirtyPages));
    }

    [Fact]
    public void With_manual_protection_pages_stay_dirty_until_they_are_cleared()
    {
        using var guest = CreateManual(static code =>
        {
            for (var page = 0; page < 4; page++)
                WriteWindowPage(code, page);
            code.@out(GuestPrograms.Port, al);
            WriteWindowPage(code, 1);
            WriteWindowPage(code, 3);
            code.@out(GuestPrograms.Port, al);
        });
        using var memory = GuestMemory.Allocate(4 * Page);
        var slot = guest.Vm.MapMemory(guest.Window, memory, KvmMemoryRegionFlags.LogDirtyPages);
        guest.RunToOut(GuestPrograms.Port);

        Assert.Equal([0b1111ul], guest.Vm.GetDirtyLog(slot));
        Assert.Equal([0b1111ul], guest.Vm.GetDirtyLog(slot));
        guest.Vm.ClearDirtyLog(slot, [0b1011]);
        Assert.Equal([0b0100ul], guest.Vm.GetDirtyLog(slot));
        guest.RunToOut(GuestPrograms.Port);
        Assert.Equal([0b1110ul], guest.Vm.GetDirtyLog(slot));
    }

    [Fact]
    public unsafe void Bitmap_of_pages_to_clear_is_read_as_far_as_it_must_be_and_no_further()
    {
        using var guest = CreateManual(static code => code.hlt());
        using var memory = GuestMemory.Allocate(129 * Page);
        var slot = guest.Vm.MapMemory(guest.Window, memory, KvmMemoryRegionFlags.LogDirtyPages);

        using (var three = new GuardedBuffer(24))
        using (var one = new GuardedBuffer(8))
        {
            three.Bytes.Fill(0xFF);
            one.Bytes.Fill(0xFF);
            guest.Vm.ClearDirtyLog(slot, three.As<ulong>());
            guest.Vm.ClearDirtyLog(slot, 64, 65, three.As<ulong>()[1..]);
            guest.Vm.ClearDirtyLog(slot, 64, 64, one.As<ulong>());
            guest.Vm.ClearDirtyLog(slot, 128, 1, one.As<ulong>());

            KvmClearDirtyLog log = new()
            {
                Slot = (uint)slot.Number,
                NumPages = 129,
                DirtyBitmap = (nuint)one.Pointer,
            };
            var control = Assert.Throws<KvmException>(() => guest.Vm.UnsafeIoctl(KvmIoctl.KVM_CLEAR_DIRTY_LOG, in log));
            Assert.Equal(Errno.EFAULT, control.Errno);
        }

        using var ioctls = LibcFault.Watch(KvmIoctl.KVM_CLEAR_DIRTY_LOG);
        var refusal = Assert.Throws<ArgumentException>(() => guest.Vm.ClearDirtyLog(slot, new ulong[2]));
        Assert.Contains("takes 24 bytes", refusal.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => guest.Vm.ClearDirtyLog(slot, 64, 65, new ulong[1]));
        Assert.Throws<ArgumentException>(() => guest.Vm.ClearDirtyLog(slot, 0, uint.MaxValue, new ulong[3]));
        Assert.Equal(0, ioctls.Calls);
    }

    [Theory]
    [InlineData(1, 64)]
    [InlineData(0, 65)]
    [InlineData(128, 2)]
    [InlineData(192, 64)]
    public void Range_to_clear_that_is_not_of_the_slot_or_not_a_multiple_of_64_pages_is_refused(ulong firstPage, uint pageCount)
    {
        using var guest = CreateManual(static code => code.hlt());
        using var memory = GuestMemory.Allocate(129 * Page);
        var slot = guest.Vm.MapMemory(guest.Window, memory, KvmMemoryRegionFlags.LogDirtyPages);

        var refusal = Assert.Throws<KvmException>(() => guest.Vm.ClearDirtyLog(slot, firstPage, pageCount, new ulong[2]));

        Assert.Equal("KVM_CLEAR_DIRTY_LOG", refusal.Operation);
        Assert.Equal(Errno.EINVAL, refusal.Errno);
    }

    [Fact]
    public void Log_is_refused_after_Dispose_of_the_VM()
    {
        using var host = TestHost.Open();
        var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(Page);
        var slot = vm.MapMemory(0, memory, KvmMemoryRegionFlags.LogDirtyPages);
        vm.Dispose();

        Assert.Throws<ObjectDisposedException>(() => vm.GetDirtyLog(slot));
        Assert.Throws<ObjectDisposedException>(() => vm.ClearDirtyLog(slot, [0]));
        Assert.ThrowsAny<Exception>(() => slot.SetFlags(0));
    }

    private static Guest CreateManual(Action<Assembler> write) =>
        Guest.Create(
            GuestMode.Real,
            write,
            static vm => vm.EnableCap(KvmCapability.ManualDirtyLogProtect2, (ulong)KvmDirtyLogFlags.ManualProtectEnable),
            KvmCapability.ManualDirtyLogProtect2
        );

    private static void WriteWindowPage(Assembler code, int page) => code.mov(__byte_ptr.fs[(int)Page * page], 1);
}
