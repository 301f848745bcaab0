using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using CsCheck;
using Microsoft.Win32.SafeHandles;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Memory;

/// <summary>The contents of memory are found without touching what nobody has touched, and none is missed.</summary>
public partial class TouchedPagesTests
{
    private const int Page = GuestMemory.PageSize;
    private const ulong Huge = 64ul << 30;

    [Fact]
    public void Contents_of_huge_memory_are_kept_and_the_rest_stays_untouched()
    {
        using var memory = GuestMemory.Allocate(Huge);
        ulong[] places = [0, 5ul << 30, (5ul << 30) + Page, Huge - Page];
        foreach (var place in places)
            memory.Write(place + 8, 0x1234);
        var before = Pages(memory);

        var state = Saved(memory);

        Assert.Equal(places, Offsets(state));
        Assert.Equal(before, Pages(memory));
        Assert.True(places.All(before.Contains), "A page that was written is not among those that were touched.");
        Assert.InRange(before.Count, places.Length, 4 * places.Length * 512); // Pages of 2 MiB, if the host makes such.
    }

    [Fact]
    public void Huge_memory_that_is_there_gets_the_contents_and_zeros_and_the_rest_stays_untouched()
    {
        using var source = GuestMemory.Allocate(Huge);
        source.Write(7 * Page, 0x1111);
        source.Write(Huge - 4, 0x2222);
        var state = Saved(source);
        using var target = GuestMemory.Allocate(Huge);
        target.Write(3 * Page, -1);
        target.Write(7 * Page + 4, -1);
        target.Write(40ul << 30, -1);

        state.CopyTo(target);

        Assert.Equal((0, 0x1111, 0), (target.Read<int>(3 * Page), target.Read<int>(7 * Page), target.Read<int>(7 * Page + 4)));
        Assert.Equal((0, 0x2222), (target.Read<int>(40ul << 30), target.Read<int>(Huge - 4)));
        Assert.InRange(Pages(target).Count, 4, 8 * 512);
        Assert.Equal(Offsets(state), Offsets(Saved(target)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_random_writes_leave_is_what_is_kept(bool isShared) =>
        Gen.Select(Gen.Int[0, 299], Gen.Byte)
            .Array[0, 60]
            .Sample(
                writes =>
                {
                    using var memory = isShared ? GuestMemory.AllocateShared(300 * Page) : GuestMemory.Allocate(300 * Page);
                    var expected = new byte[300 * Page];
                    foreach (var (page, value) in writes)
                    {
                        memory.Write((ulong)(page * Page + value), value);
                        expected[page * Page + value] = value;
                    }
                    var state = Saved(memory);
                    var actual = new byte[300 * Page];
                    state.Read(0, actual);
                    Assert.True(expected.AsSpan().SequenceEqual(actual));
                },
                iter: TestHost.Many(100, emulated: 20)
            );

    [Fact]
    public void What_another_process_wrote_into_shared_memory_is_kept_though_nobody_touched_it_here()
    {
        using var memory = GuestMemory.AllocateShared(1ul << 30);
        RandomAccess.Write(memory.File!, new byte[] { 1, 2, 3 }, 700L * Page);

        Assert.Equal([700ul * Page], Offsets(Saved(memory)));
        Assert.Equal([new PageRange(700 * Page, 701 * Page)], TouchedPages.Of(memory).Where(static range => range.Start < 800 * Page));
    }

    [Theory]
    [InlineData(GuestFileMapping.Shared)]
    [InlineData(GuestFileMapping.CopyOnWrite)]
    public void Contents_of_a_file_are_kept(GuestFileMapping mapping)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, [.. new byte[3 * Page], 9, .. new byte[Page]]);
            using var memory = GuestMemory.MapFile(path, mapping);
            memory.Write(Page, 5);

            Assert.Equal([(ulong)Page, 3 * Page], Offsets(Saved(memory)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Memory_that_a_VM_has_longer_than_its_owner_is_read_as_a_whole()
    {
        var memory = GuestMemory.AllocateShared(16 * Page);
        memory.Write(3 * Page, 1);
        var held = false;
        memory.Handle.DangerousAddRef(ref held);
        try
        {
            memory.Dispose();

            Assert.Equal([3ul * Page], Offsets(Saved(memory)));
        }
        finally
        {
            memory.Handle.DangerousRelease();
        }
    }

    // The pages come from a thread here, from another process in others: either way nobody has touched them.
    [Fact]
    public unsafe void Pages_that_are_supplied_when_they_are_touched_are_kept()
    {
        const int Userfaultfd = 323;
        const int UserModeOnly = 1;
        var descriptor = Syscall(Userfaultfd, UserModeOnly, 0, 0);
        Assert.SkipWhen(descriptor < 0, $"userfaultfd fails with {(Errno)Marshal.GetLastPInvokeError()}.");
        using var faults = new SafeFileHandle((nint)descriptor, ownsHandle: true);
        using var memory = GuestMemory.Allocate(4 * Page);
        var address = (ulong)memory.Handle.DangerousGetHandle();
        ulong[] version = [0xAA, 0, 0];
        ulong[] range = [address, 4 * Page, 1, 0];
        fixed (ulong* pointer = version)
            Assert.Equal(0, Ioctl((int)descriptor, 0xC018AA3F, pointer));
        fixed (ulong* pointer = range)
            Assert.Equal(0, Ioctl((int)descriptor, 0xC020AA00, pointer));
        var server = new Thread(() =>
        {
            using var content = GuestMemory.Allocate(Page);
            for (var served = 0; served < 4; served++)
            {
                var message = new byte[32];
                Assert.Equal(32, RandomAccess.Read(faults, message, 0));
                var page = BitConverter.ToUInt64(message, 16) / Page * Page;
                content.Write(0, 1 + (int)((page - address) / Page));
                ulong[] copy = [page, (ulong)content.Handle.DangerousGetHandle(), Page, 0, 0];
                fixed (ulong* pointer = copy)
                    Assert.Equal(0, Ioctl((int)descriptor, 0xC028AA03, pointer));
            }
        });
        server.Start();

        var state = Saved(memory);

        server.Join();
        var kept = new byte[4 * Page];
        state.Read(0, kept);
        Assert.Equal([1, 2, 3, 4], Enumerable.Range(0, 4).Select(i => BitConverter.ToInt32(kept, i * Page)));
    }

    private static SavedPages Saved(GuestMemory memory)
    {
        var recorder = new PageRecorder(memory, PageFile.CreateAnonymous(), new(0, isPacked: false));
        recorder.Record(TouchedPages.Of(memory));
        return recorder.ToPages();
    }

    private static IEnumerable<ulong> Offsets(SavedPages saved) =>
        saved
            .Extents.ToArray()
            .SelectMany(static extent =>
                Enumerable.Range(0, (int)extent.Pages.PageCount).Select(i => extent.Pages.Start + (ulong)(i * Page))
            );

    private static HashSet<ulong> Pages(GuestMemory memory)
    {
        var pages = new HashSet<ulong>();
        foreach (var (start, end) in TouchedPages.Of(memory))
        {
            for (var page = start; page < end; page += Page)
                pages.Add(page);
        }
        return pages;
    }

    [LibraryImport("libc.so.6", EntryPoint = "syscall", SetLastError = true)]
    private static partial long Syscall(long number, long first, long second, long third);

    [LibraryImport("libc.so.6", EntryPoint = "ioctl", SetLastError = true)]
    private static unsafe partial int Ioctl(int descriptor, nuint request, void* argument);
}
