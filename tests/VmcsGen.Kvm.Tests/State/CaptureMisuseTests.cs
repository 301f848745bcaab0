using System;
using System.IO;
using System.Linq;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.State;

/// <summary>A capture that is used in a wrong order, or of a VM that changed meanwhile, says so and spoils nothing.</summary>
public class CaptureMisuseTests
{
    private const int Page = 4096;

    [Fact]
    public void Disposing_of_a_capture_twice_leaves_the_state_its_file()
    {
        using var folder = new TemporaryFolder();
        using var guest = new Machine();
        var capture = VmCapture.Create(folder.File, guest.Host, guest.Vm);
        using var state = capture.Take();
        capture.Dispose();
        capture.Dispose();

        guest.RequireSame(state);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Capture_that_was_disposed_of_does_nothing_any_more()
    {
        using var folder = new TemporaryFolder();
        using var guest = new Machine();
        var capture = VmCapture.Create(folder.File, guest.Host, guest.Vm);
        capture.Dispose();

        Assert.Throws<ObjectDisposedException>(() => capture.CopyWhileRunning());
        Assert.Throws<ObjectDisposedException>(() => capture.Take());
        Assert.Throws<ObjectDisposedException>(capture.Commit);
        Assert.Equal(0, (int)guest.Slot.Flags);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void State_and_what_it_differs_from_and_VM_may_go_in_any_order()
    {
        using var folder = new TemporaryFolder();
        foreach (var order in Permutations([0, 1, 2, 3, 4]))
        {
            using var guest = new Machine();
            using var earlier = guest.Capture(folder.File);
            var written = guest.Write(page: 3, 0x77);
            var capture = VmCapture.CreateDifference(folder.File, guest.Host, guest.Vm, earlier, written);
            var state = capture.Take();
            var expected = guest.Memory.Span.ToArray();
            foreach (var one in order)
            {
                IDisposable gone = one switch
                {
                    0 => capture,
                    1 => earlier,
                    2 => guest.Vm,
                    3 => guest.Memory,
                    _ => state,
                };
                gone.Dispose();
                if (order.AsSpan().IndexOf(4) > order.AsSpan().IndexOf(one))
                    Assert.True(expected.AsSpan().SequenceEqual(Contents(state)));
            }
            Assert.Throws<ObjectDisposedException>(() => Contents(state));
        }
    }

    [Fact]
    public void Commit_for_which_the_disk_has_no_room_is_not_tried_again_and_the_state_can_be_saved()
    {
        using var disk = SmallDisk.Mount("1m");
        using var guest = new Machine();
        var path = Path.Combine(disk.Path, "state");
        File.WriteAllText(path, "old");
        using (var capture = VmCapture.Create(path, guest.Host, guest.Vm))
        {
            using var state = capture.Take();
            state.Sections["much"] = new byte[1 << 20];
            Assert.Throws<IOException>(capture.Commit);
            Assert.Equal("old", File.ReadAllText(path));
            disk.Resize("64m");
            Assert.Throws<InvalidOperationException>(capture.Commit);
            state.Save(path);
        }

        Assert.Equal([path], Directory.EnumerateFileSystemEntries(disk.Path));
        using var loaded = VmState.Load(path);
        loaded.Verify();
        Assert.Equal(1 << 20, loaded.Sections["much"].Length);
        guest.RequireSame(loaded);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Take_for_which_the_disk_has_no_room_can_be_tried_again(bool isDifference)
    {
        using var disk = SmallDisk.Mount("1m");
        using var folder = new TemporaryFolder();
        using var guest = new Machine();
        using var earlier = guest.Capture(folder.File);
        var written = guest.WriteAll();
        var path = Path.Combine(disk.Path, "state");
        using (
            var capture = isDifference
                ? VmCapture.CreateDifference(path, guest.Host, guest.Vm, earlier, written)
                : VmCapture.Create(path, guest.Host, guest.Vm)
        )
        {
            Assert.Throws<IOException>(() => capture.Take());
            disk.Resize("64m");
            // Pages that were found the first time and hold zeros now.
            guest.Memory.Span[(10 * Page)..(20 * Page)].Clear();
            using var state = capture.Take();
            capture.Commit();
            guest.RequireSame(state);
        }

        using var loaded = VmState.Load(path, isDifference ? earlier : null);
        loaded.Verify();
        guest.RequireSame(loaded);
        using var other = guest.Host.CreateVm();
        loaded.RestoreMemoryTo(other);
        var restored = new byte[guest.Memory.Size];
        other.Memory.Read(0, restored);
        Assert.True(guest.Memory.Span.SequenceEqual(restored));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Slots_that_came_or_went_since_the_capture_began_are_told(bool isNew)
    {
        using var folder = new TemporaryFolder();
        using var guest = new Machine();
        using var more = GuestMemory.Allocate(Page);
        using var capture = VmCapture.Create(folder.File, guest.Host, guest.Vm);
        if (isNew)
            guest.Vm.MapMemory(1ul << 30, more);
        else
            guest.Slot.Unmap();

        Assert.Contains("slots", Assert.Throws<InvalidOperationException>(() => capture.Take()).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => capture.CopyWhileRunning());
    }

    [Fact]
    public void Memories_that_changed_places_since_the_earlier_state_are_not_taken_for_each_other()
    {
        using var folder = new TemporaryFolder();
        using var guest = new Machine();
        using var second = GuestMemory.Allocate(guest.Memory.Size);
        var slot = guest.Vm.MapMemory(1ul << 30, second);
        using var earlier = VmState.Capture(guest.Host, guest.Vm);
        guest.Slot.Unmap();
        var last = guest.Vm.MapMemory(0, guest.Memory, slot: 7);
        DirtyBitmap[] written = [new(slot), new(last)];

        var refusal = Assert.Throws<ArgumentException>(() =>
            VmCapture.CreateDifference(folder.File, guest.Host, guest.Vm, earlier, written).Dispose()
        );

        Assert.Contains("other memory slots", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public void Earlier_state_that_is_gone_or_without_contents_is_told_at_once()
    {
        using var folder = new TemporaryFolder();
        using var guest = new Machine();
        var earlier = guest.Capture(folder.File);
        using var bare = new MemoryStream();
        earlier.SaveWithoutMemory(bare);
        using var away = SnapshotBytes.Load(bare.ToArray());
        var written = guest.Write(page: 3, 0x77);

        Assert.Throws<ArgumentException>(() => Begin(away));
        using (var capture = Begin(earlier))
        {
            earlier.Dispose();
            Assert.Throws<ObjectDisposedException>(() => capture.Take());
        }
        Assert.Throws<ObjectDisposedException>(() => Begin(earlier));
        Assert.Equal([folder.File], Directory.EnumerateFileSystemEntries(folder.Path));

        VmCapture Begin(VmState state) => VmCapture.CreateDifference(folder.File, guest.Host, guest.Vm, state, written);
    }

    [Fact]
    public void Chain_goes_on_when_the_file_of_its_base_is_replaced_and_its_files_do_not_go_with_the_new_one()
    {
        using var folder = new TemporaryFolder();
        using var guest = new Machine();
        using var first = guest.Capture(folder.File);
        using var loaded = VmState.Load(folder.File);
        var next = Path.Combine(folder.Path, "next");
        using var second = guest.Capture(next, first, guest.Write(page: 3, 0x77));
        var expected = guest.Memory.Span.ToArray();
        guest.WriteAll();
        guest.Capture(folder.File).Dispose();

        using var replaced = VmState.Load(folder.File);
        Assert.Throws<ArgumentException>(() => VmState.Load(next, replaced));
        using var chain = VmState.Load(next, loaded);
        chain.Verify();
        Assert.True(expected.AsSpan().SequenceEqual(Contents(chain)));
    }

    [Fact]
    public void All_pages_of_memories_that_several_slots_share_and_of_one_page_are_written()
    {
        using var folder = new TemporaryFolder();
        using var guest = new Machine();
        var alias = guest.Vm.MapMemory(1ul << 30, guest.Memory);
        using var small = GuestMemory.Allocate(Page);
        var one = guest.Vm.MapMemory(2ul << 30, small);
        using var first = VmState.Capture(guest.Host, guest.Vm);
        small.Span.Fill(9);
        DirtyBitmap[] written = [guest.WriteAll(), new(alias), new(one)];
        foreach (var bitmap in written)
        {
            for (ulong page = 0; page < bitmap.Slot.Size / Page; page++)
                bitmap[page] = true;
        }

        VmState second;
        using (var capture = VmCapture.CreateDifference(folder.File, guest.Host, guest.Vm, first, written))
        {
            second = capture.Take();
            capture.Commit();
        }

        using (second)
            guest.RequireSame(second);
        first.Save(Path.Combine(folder.Path, "first"));
        using var before = VmState.Load(Path.Combine(folder.Path, "first"));
        using var loaded = VmState.Load(folder.File, before);
        loaded.Verify();
        guest.RequireSame(loaded);
        Assert.Same(loaded.Slots[0].Memory, loaded.Slots[1].Memory);
        var bytes = new byte[Page];
        loaded.Slots[2].Memory.Read(0, bytes);
        Assert.True(small.Span.SequenceEqual(bytes));
    }

    [Theory]
    [InlineData(0, ulong.MaxValue)]
    [InlineData(5 * Page + 1, ulong.MaxValue)]
    public void Write_that_is_noted_up_to_the_last_address_there_is_is_recorded(ulong address, ulong length)
    {
        using var folder = new TemporaryFolder();
        using var guest = new Machine();
        using var capture = VmCapture.Create(folder.File, guest.Host, guest.Vm);
        capture.CopyWhileRunning();
        guest.Memory.Span[(5 * Page)..].Fill(0x5A);
        capture.NoteWrite(address, length);

        using var state = capture.Take();

        guest.RequireSame(state);
    }

    private static byte[] Contents(VmState state)
    {
        var contents = new byte[state.Slots[0].Memory.Size];
        state.Slots[0].Memory.Read(0, contents);
        return contents;
    }

    private static int[][] Permutations(int[] of) =>
        of.Length == 1
            ? [of]
            : [.. of.SelectMany(first => Permutations([.. of.Where(one => one != first)]).Select(rest => (int[])[first, .. rest]))];

    /// <summary>A VM without vCPUs, of 2 MiB, all of which but the first page holds something.</summary>
    private sealed class Machine : IDisposable
    {
        public Machine()
        {
            Host = TestHost.Open();
            Vm = Host.CreateVm();
            Memory = GuestMemory.Allocate(2 << 20);
            Slot = Vm.MapMemory(0, Memory);
            Memory.Span[Page..(100 * Page)].Fill(0x11);
        }

        public KvmHost Host { get; }

        public KvmVm Vm { get; }

        public GuestMemory Memory { get; }

        public MemorySlot Slot { get; }

        public DirtyBitmap Write(ulong page, byte value)
        {
            Memory.Write(page * Page, value);
            return new(Slot) { [page] = true };
        }

        public DirtyBitmap WriteAll()
        {
            new Random(5).NextBytes(Memory.Span);
            var written = new DirtyBitmap(Slot);
            for (ulong page = 0; page < Memory.Size / Page; page++)
                written[page] = true;
            return written;
        }

        public VmState Capture(string path, VmState? earlier = null, DirtyBitmap? written = null)
        {
            using var capture = earlier is null
                ? VmCapture.Create(path, Host, Vm)
                : VmCapture.CreateDifference(path, Host, Vm, earlier, written!);
            var state = capture.Take();
            capture.Commit();
            return state;
        }

        public void RequireSame(VmState state) => Assert.True(Memory.Span.SequenceEqual(Contents(state)));

        public void Dispose()
        {
            Memory.Dispose();
            Vm.Dispose();
            Host.Dispose();
        }
    }
}
