using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using VmcsGen.Kvm.Tests.Dirty;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.State;

/// <summary>Differences with what they belong to, and copies made while the guest ran, are the memory as it was.</summary>
public class IncrementalCaptureTests
{
    private const byte Port = GuestPrograms.Port;
    private const int Page = 4096;

    public static TheoryData<Tracking> Trackings { get; } = [.. Enum.GetValues<Tracking>()];

    [Theory, MemberData(nameof(Trackings))]
    public void Chain_of_differences_is_the_memory_at_each_of_its_moments(Tracking tracking)
    {
        using var folder = new TemporaryFolder();
        using var guest = Guest.Create(
            GuestMode.LongSupervisor,
            static code => GuestPrograms.WriteAnywhere(code, forEver: false),
            vm => DirtyTracker.Enable(tracking, vm)
        );
        new Random(1).NextBytes(guest.Memory.Span[0x10_0000..0x18_0000]);
        guest.Slot.SetFlags(KvmMemoryRegionFlags.LogDirtyPages);
        using var tracker = new DirtyTracker(tracking, guest.Vm, guest.Vcpu, guest.Slot);
        tracker.Harvest(static _ => { });
        List<VmState> states = [Capture(guest, Path.Combine(folder.Path, "0"), null, null)];
        List<byte[]> memories = [guest.Memory.Span.ToArray()];

        for (var i = 1; i <= 4; i++)
        {
            guest.Vcpu.GetRegs(out var regs);
            guest.Restart(regs with { Rax = (ulong)i * 0x9E37_79B9, Rcx = 30 });
            guest.RunToOut(Port);
            var written = new DirtyBitmap(guest.Slot);
            tracker.Harvest(page => written[page] = true);
            // What the VMM writes it says itself: a page of zeros, too.
            guest.Memory.Span.Slice(0x10_0000 + i * Page, Page).Clear();
            written[0x100 + (ulong)i] = true;
            states.Add(Capture(guest, Path.Combine(folder.Path, $"{i}"), states[^1], written));
            memories.Add(guest.Memory.Span.ToArray());
            Assert.InRange(states[^1].Slots[0].Memory.KeptPages, 1ul, 512ul);
        }

        foreach (var (state, memory) in states.Zip(memories))
            Assert.True(memory.AsSpan().SequenceEqual(Contents(state)));
        // From the files, each with the one before.
        VmState? before = null;
        foreach (var (i, memory) in memories.Index())
        {
            var loaded = VmState.Load(Path.Combine(folder.Path, $"{i}"), before);
            loaded.Verify();
            Assert.True(memory.AsSpan().SequenceEqual(Contents(loaded)));
            using var vm = guest.Host.CreateVm();
            loaded.RestoreMemoryTo(vm);
            var restored = new byte[memory.Length];
            vm.Memory.Read(0, restored);
            Assert.True(memory.AsSpan().SequenceEqual(restored));
            before = loaded;
        }
        using var whole = new MemoryStream();
        before!.Save(whole);
        Assert.True(memories[^1].AsSpan().SequenceEqual(Contents(SnapshotBytes.Load(whole.ToArray()))));
        Assert.Throws<InvalidDataException>(() => VmState.Load(Path.Combine(folder.Path, "2")));
        Assert.Throws<ArgumentException>(() => VmState.Load(Path.Combine(folder.Path, "2"), states[0]));
        Assert.Throws<ArgumentException>(() => VmState.Load(Path.Combine(folder.Path, "0"), states[0]));
        foreach (var state in states)
            state.Dispose();
    }

    [Fact]
    public void Differences_want_a_bitmap_for_each_slot_and_the_memories_of_the_earlier_state()
    {
        using var folder = new TemporaryFolder();
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(4 * Page);
        using var other = GuestMemory.Allocate(Page);
        vm.MapMemory(0, memory);
        using var state = VmState.Capture(host, vm);
        Assert.Contains("slot 0", Refusal().Message, StringComparison.Ordinal);
        vm.MapMemory(0x10_0000, other);
        Assert.Contains("other memory slots", Refusal().Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));

        ArgumentException Refusal() => Assert.Throws<ArgumentException>(() => VmCapture.CreateDifference(folder.File, host, vm, state));
    }

    [Fact]
    public void Guest_that_runs_on_while_its_memory_is_copied_is_captured_as_it_is_when_it_stops()
    {
        using var folder = new TemporaryFolder();
        using var guest = Guest.Create(GuestMode.LongSupervisor, static code => GuestPrograms.WriteAnywhere(code, forEver: true));
        guest.Vcpu.GetRegs(out var regs);
        guest.Restart(regs with { Rax = 77, Rcx = 0 });
        new Random(1).NextBytes(guest.Memory.Span[0x10_0000..0x18_0000]);
        var stop = false;
        var runner = new Worker(() =>
        {
            while (!Volatile.Read(ref stop))
                guest.Vcpu.Run();
        });
        List<CaptureProgress> rounds = [];
        using var capture = VmCapture.Create(folder.File, guest.Host, guest.Vm);

        capture.CopyWhileRunning(mostRounds: 4, fewPages: 0, progress: new Progress(rounds.Add));
        Assert.Equal(KvmMemoryRegionFlags.LogDirtyPages, guest.Slot.Flags);
        Volatile.Write(ref stop, true);
        guest.Vcpu.Kick();
        runner.Finish();
        guest.Memory.Span.Slice(0x10_3000, Page).Clear();
        guest.Memory.Write(0x10_5008, 0x1234);
        capture.NoteWrite(0x10_3000, Page);
        capture.NoteWrite(0x10_5008, 4);
        using var state = capture.Take(guest.Vcpu);
        capture.Commit();

        Assert.True(guest.Memory.Span.SequenceEqual(Contents(state)));
        using var loaded = VmState.Load(folder.File);
        loaded.Verify();
        Assert.True(guest.Memory.Span.SequenceEqual(Contents(loaded)));
        Assert.Equal(0, (int)guest.Slot.Flags);
        Assert.Equal(0, (int)loaded.Slots[0].Flags);
        Assert.Equal(0, rounds[0].Round);
        Assert.True(rounds[0].PageCount >= 128);
        Assert.InRange(rounds.Count, 2, 5);
    }

    [Fact]
    public void Copying_that_is_cancelled_leaves_no_file_and_the_slots_as_they_were()
    {
        using var folder = new TemporaryFolder();
        using var guest = Guest.Create(GuestMode.LongSupervisor, static code => code.hlt());
        using var cancellation = new CancellationTokenSource();
        using (var capture = VmCapture.Create(folder.File, guest.Host, guest.Vm))
        {
            Assert.Throws<OperationCanceledException>(() =>
                capture.CopyWhileRunning(progress: new Progress(_ => cancellation.Cancel()), cancellationToken: cancellation.Token)
            );
            Assert.Throws<InvalidOperationException>(() => capture.CopyWhileRunning());
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
        Assert.Equal(0, (int)guest.Slot.Flags);
    }

    [Fact]
    public void Copying_for_which_the_disk_has_no_room_is_not_taken_for_a_copy()
    {
        using var disk = SmallDisk.Mount("1m");
        using var guest = Guest.Create(GuestMode.LongSupervisor, static code => code.hlt());
        new Random(1).NextBytes(guest.Memory.Span[0x10_0000..]);
        var path = Path.Combine(disk.Path, "state");
        using (var capture = VmCapture.Create(path, guest.Host, guest.Vm))
        {
            Assert.Throws<IOException>(() => capture.CopyWhileRunning());
            disk.Resize("64m");
            var refusal = Assert.Throws<InvalidOperationException>(() => capture.Take(guest.Vcpu));
            Assert.Contains("begin another capture", refusal.Message, StringComparison.Ordinal);
        }
        Assert.Empty(Directory.EnumerateFileSystemEntries(disk.Path));

        using var state = Capture(guest, path, null, null);
        Assert.True(guest.Memory.Span.SequenceEqual(Contents(state)));
    }

    private static VmState Capture(Guest guest, string path, VmState? earlier, DirtyBitmap? written)
    {
        using var capture = earlier is null
            ? VmCapture.Create(path, guest.Host, guest.Vm)
            : VmCapture.CreateDifference(path, guest.Host, guest.Vm, earlier, written!);
        var state = capture.Take(guest.Vcpu);
        capture.Commit();
        return state;
    }

    private static byte[] Contents(VmState state)
    {
        var contents = new byte[state.Slots[0].Memory.Size];
        state.Slots[0].Memory.Read(0, contents);
        return contents;
    }

    private sealed class Progress(Action<CaptureProgress> report) : IProgress<CaptureProgress>
    {
        public void Report(CaptureProgress value) => report(value);
    }
}
