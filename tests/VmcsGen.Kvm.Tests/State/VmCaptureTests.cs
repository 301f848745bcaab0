using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.State;

/// <summary>A VM is captured straight into a file, and restored by mapping that.</summary>
public class VmCaptureTests
{
    private const int Page = 4096;
    private const ulong Huge = 64ul << 30;

    [Fact]
    public void Captured_file_is_the_state_that_was_taken_and_what_the_VMM_added()
    {
        using var folder = new TemporaryFolder();
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var memory = Random(vm, 300, seed: 5);
        using var alias = vm.MapMemory(0x1000_0000, memory);
        using var other = GuestMemory.AllocateShared(3 * Page);
        other.Write(Page, 77);
        vm.MapMemory(0x2000_0000, other);
        using var vcpu = vm.CreateVcpu(0);
        vcpu.SetRegs(new KvmRegs { Rbx = 0x4321, Rflags = 2 });

        using (var capture = VmCapture.Create(folder.File, host, vm))
        {
            using var taken = capture.Take(vcpu);
            taken.Sections["uart"] = [9];
            Assert.False(File.Exists(folder.File));
            capture.Commit();
            Assert.True(Contents(taken, 0).AsSpan().SequenceEqual(memory.Span));
        }

        using var state = VmState.Load(folder.File);
        state.Verify();
        Assert.Equal([9], state.Sections["uart"]);
        Assert.Equal(0x4321ul, state.Vcpus[0].Regs.Rbx);
        Assert.Equal([0, 1, 2], state.Slots.Select(static slot => slot.Number));
        Assert.Same(state.Slots[0].Memory, state.Slots[1].Memory);
        Assert.True(Contents(state, 0).AsSpan().SequenceEqual(memory.Span));
        Assert.True(Contents(state, 2).AsSpan().SequenceEqual(other.Span));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(folder.File));
    }

    [Fact]
    public void Capture_that_is_given_up_leaves_the_old_file_and_nothing_beside_it()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File, "old");
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var memory = Random(vm, 10, seed: 1);
        using var vcpu = vm.CreateVcpu(0);

        VmState taken;
        using (var capture = VmCapture.Create(folder.File, host, vm))
        {
            Assert.Throws<InvalidOperationException>(capture.Commit);
            Assert.Throws<ArgumentException>(() => capture.Take());
            taken = capture.Take(vcpu);
            Assert.Throws<InvalidOperationException>(() => capture.Take(vcpu));
        }

        Assert.Equal("old", File.ReadAllText(folder.File));
        Assert.Equal([folder.File], Directory.EnumerateFileSystemEntries(folder.Path));
        using (taken)
            Assert.True(Contents(taken, 0).AsSpan().SequenceEqual(memory.Span));
    }

    [Fact]
    public void Restored_memory_is_shared_until_it_is_written_and_outlives_state_and_file()
    {
        using var folder = new TemporaryFolder();
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var memory = Random(vm, 100, seed: 2);
        using (var capture = VmCapture.Create(folder.File, host, vm))
        {
            capture.Take().Dispose();
            capture.Commit();
        }
        using var first = host.CreateVm();
        using var second = host.CreateVm();
        using (var state = VmState.Load(folder.File))
        {
            state.RestoreTo(host, first);
            state.RestoreTo(host, second);
        }
        File.Delete(folder.File);

        first.Memory.Write(5 * Page, 0xDEAD);

        var expected = memory.Span.ToArray();
        Assert.True(expected.AsSpan().SequenceEqual(Contents(second)));
        MemoryMarshal.Write(expected.AsSpan(5 * Page), 0xDEAD);
        Assert.True(expected.AsSpan().SequenceEqual(Contents(first)));
        // And captured again: what the file has, and what was written since.
        using var again = VmState.Capture(host, first);
        Assert.True(expected.AsSpan().SequenceEqual(Contents(again, 0)));
    }

    [Fact]
    public void Restoring_and_capturing_touch_what_is_there_however_large_the_memory()
    {
        using var folder = new TemporaryFolder();
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(Huge);
        vm.MapMemory(0, memory);
        ulong[] places = [0, 7ul << 30, (7ul << 30) + Page, Huge - Page];
        foreach (var place in places)
            memory.Write(place + 16, place + 1);
        using (var capture = VmCapture.Create(folder.File, host, vm))
        {
            capture.Take().Dispose();
            capture.Commit();
        }
        Assert.InRange(folder.AllocatedBytes, places.Length * Page, 0x10_0000);

        using var other = host.CreateVm();
        using var state = VmState.Load(folder.File);
        var before = ResidentKib();
        state.RestoreMemoryTo(other);
        other.Memory.Write(3ul << 30, 5);
        using var again = VmState.Capture(host, other);

        Assert.InRange(ResidentKib() - before, -0x1_0000, 0x1_0000);
        foreach (var place in places)
            Assert.Equal(place + 1, other.Memory.Read<ulong>(place + 16));
        Assert.Equal((ulong)places.Length + 1, again.Slots[0].Memory.KeptPages);
    }

    [Fact]
    public void Capturing_much_memory_costs_little_of_its_own()
    {
        const ulong Size = 256ul << 20;
        using var folder = new TemporaryFolder();
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(Size);
        vm.MapMemory(0, memory);
        for (ulong page = 0; page < Size; page += Page)
            memory.Write(page, page + 1);
        using var capture = VmCapture.Create(folder.File, host, vm);
        var resident = ResidentKib();
        var allocated = GC.GetAllocatedBytesForCurrentThread();

        using var state = capture.Take();
        capture.Commit();

        // A checksum of four bytes and a byte of bookkeeping for each page, and buffers.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, 3 << 20);
        Assert.InRange(ResidentKib() - resident, -0x1000, 4096);
        Assert.Equal(Size / Page, state.Slots[0].Memory.KeptPages);
    }

    [Fact]
    public void Parts_are_restored_alone()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var memory = Random(vm, 20, seed: 3);
        using var vcpu = vm.CreateVcpu(3);
        vcpu.SetRegs(new KvmRegs { Rcx = 99, Rflags = 2 });
        using var state = VmState.Capture(host, vm, vcpu);

        using var other = host.CreateVm();
        using var otherVcpu = other.CreateVcpu(3);
        state.RestoreMemoryTo(other);
        otherVcpu.GetRegs(out var regs);
        Assert.True(memory.Span.SequenceEqual(Contents(other)));
        Assert.Equal(0ul, regs.Rcx);
        other.Memory.Write(0, 1234);
        state.RestoreVcpusTo(other, otherVcpu);
        otherVcpu.GetRegs(out regs);
        Assert.Equal(99ul, regs.Rcx);
        state.RestoreDevicesTo(other);
        Assert.Equal(1234, other.Memory.Read<int>(0));
        Assert.Throws<ArgumentException>(() => state.RestoreVcpusTo(vm, otherVcpu));
    }

    [Fact]
    public void File_that_was_mapped_and_the_pages_written_since_are_captured()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File, [.. new byte[3 * Page], 9, .. new byte[Page]]);
        using var host = TestHost.Open();
        foreach (var mapping in new[] { GuestFileMapping.CopyOnWrite, GuestFileMapping.Shared })
        {
            using var vm = host.CreateVm();
            using var memory = GuestMemory.MapFile(folder.File, mapping, offset: 2 * Page);
            vm.MapMemory(0, memory);
            memory.Write(2 * Page, 5);
            using var state = VmState.Capture(host, vm);
            Assert.True(Contents(state, 0).AsSpan().SequenceEqual(memory.Span));
        }
    }

    [Fact]
    public void Many_extents_in_a_packed_file_are_restored_by_copying_and_mapping()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(4000 * Page);
        vm.MapMemory(0, memory);
        for (var page = 0; page < 3000; page += 2)
            memory.Write((ulong)(page * Page), page + 1);
        for (var page = 3000; page < 3900; page++)
            memory.Write((ulong)(page * Page), page + 1);
        using var stream = new MemoryStream();
        using (var state = VmState.Capture(host, vm))
            state.Save(stream);
        Assert.InRange(stream.Length, 2400 * Page, 2450 * Page);

        using var loaded = SnapshotBytes.Load(stream.ToArray());
        using var other = host.CreateVm();
        loaded.RestoreTo(host, other);

        Assert.True(memory.Span.SequenceEqual(Contents(other)));
        using var again = VmState.Capture(host, other);
        Assert.Equal(2400ul, again.Slots[0].Memory.KeptPages);
    }

    private static GuestMemory Random(KvmVm vm, int pages, int seed)
    {
        var memory = GuestMemory.Allocate((ulong)pages * Page);
        vm.MapMemory(0, memory);
        var random = new Random(seed);
        for (var page = 0; page < pages; page++)
        {
            if (random.Next(3) == 0)
                random.NextBytes(memory.Span.Slice(page * Page, Page));
        }
        return memory;
    }

    private static byte[] Contents(VmState state, int slot)
    {
        var contents = new byte[state.Slots[slot].Memory.Size];
        state.Slots[slot].Memory.Read(0, contents);
        return contents;
    }

    private static byte[] Contents(KvmVm vm)
    {
        var contents = new byte[vm.SlotTable.All()[0].Size];
        vm.Memory.Read(0, contents);
        return contents;
    }

    // Of this process, guest memory included. Source: proc(5).
    private static long ResidentKib() =>
        long.Parse(
            File.ReadLines("/proc/self/status")
                .First(static line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
                .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture
        );
}
