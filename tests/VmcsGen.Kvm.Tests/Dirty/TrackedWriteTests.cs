using System;
using System.Linq;
using System.Threading;
using Iced.Intel;
using VmcsGen.Kvm.Tests.Testing;
using VmcsGen.Vmx.Testing;
using Xunit;
using static Iced.Intel.AssemblerRegisters;

namespace VmcsGen.Kvm.Tests.Dirty;

/// <summary>What a guest writes is found, and found once, while another thread harvests all the time.</summary>
public class TrackedWriteTests
{
    private const byte Port = 0x11;
    private const int Page = 4096;
    private const int Pages = 512;

    public static MatrixTheoryData<GuestMode, Tracking> Cases { get; } =
        new([GuestMode.LongSupervisor, GuestMode.LongUser], [Tracking.Log, Tracking.ManualLog, Tracking.Ring]);

    [Theory, MemberData(nameof(Cases))]
    public void Page_that_is_written_once_is_reported_once_when_the_guest_stands_still(GuestMode mode, Tracking tracking) =>
        WriteRounds(mode, tracking, isHarvestedMeanwhile: false, static (expected, reported) => Assert.Equal(expected, reported));

    /// <remarks>
    /// Where the guest runs natively, KVM reports the page when it lets the guest write, which the guest then tries again: a
    /// harvest in between finds the page once more after the write. Nothing is missed, and no other page is reported.
    /// </remarks>
    [Theory, MemberData(nameof(Cases))]
    public void Page_that_is_written_is_reported_and_no_other_is_while_another_thread_harvests(GuestMode mode, Tracking tracking) =>
        WriteRounds(
            mode,
            tracking,
            isHarvestedMeanwhile: true,
            static (expected, reported) => Assert.Equal(expected, reported.Select(static count => Math.Min(count, 1)))
        );

    [Theory, MemberData(nameof(Cases))]
    public void Copy_that_follows_the_reports_ends_equal_to_the_memory(GuestMode mode, Tracking tracking)
    {
        using var guest = Create(mode, tracking, WriteAnywhere);
        using var memory = GuestMemory.Allocate(Pages * Page);
        var slot = guest.Vm.MapMemory(guest.Window, memory, KvmMemoryRegionFlags.LogDirtyPages);
        using var tracker = new DirtyTracker(tracking, guest.Vm, guest.Vcpu, slot);
        var copy = new byte[Pages * Page];
        void Follow(ulong page) => memory.Read(page * Page, copy.AsSpan((int)page * Page, Page));
        using var harvester = new Harvester(() => tracker.Harvest(Follow));

        for (var round = 1; round <= 5; round++)
        {
            guest.Restart(
                new KvmRegs
                {
                    Rax = 0x1234_5678_9ABC_DEFul * (ulong)round,
                    Rcx = mode == GuestMode.LongUser ? (ulong)TestHost.Many(20_000, 4_000) : 4_000,
                }
            );
            RunToOut(guest, tracker, Follow);
            tracker.Harvest(Follow);

            Assert.True(memory.Span.SequenceEqual(copy), $"Round {round}: a write was not reported.");
            Assert.True(memory.Span.ContainsAnyExcept((byte)0));
            Assert.Equal(0, tracker.Harvest(Follow));
        }
        Assert.True(harvester.Rounds > 0);
    }

    [Fact]
    public void Log_with_all_pages_set_initially_begins_with_all_pages()
    {
        using var host = TestHost.Open(KvmCapability.ManualDirtyLogProtect2);
        Assert.SkipUnless(
            ((KvmDirtyLogFlags)host.Check(KvmCapability.ManualDirtyLogProtect2)).HasFlag(KvmDirtyLogFlags.InitiallySet),
            "This KVM cannot begin with all pages dirty."
        );
        using var vm = host.CreateVm();
        vm.EnableManualDirtyLogProtect(initiallySet: true);
        using var memory = GuestMemory.Allocate(70 * Page);
        var dirty = new DirtyBitmap(vm.MapMemory(0, memory, KvmMemoryRegionFlags.LogDirtyPages));

        vm.GetDirtyLog(dirty);
        Assert.Equal(70ul, dirty.PageCount);
        var pages = 0;
        foreach (var page in dirty)
            Assert.Equal((ulong)pages++, page);
        Assert.Equal(70, pages);

        vm.ClearDirtyLog(dirty);
        vm.GetDirtyLog(dirty);
        Assert.Equal(0ul, dirty.Count);
    }

    [Fact]
    public void Reading_and_scanning_the_log_again_allocates_nothing()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(1ul << 30);
        var dirty = new DirtyBitmap(vm.MapMemory(0, memory, KvmMemoryRegionFlags.LogDirtyPages));
        Assert.Equal(0ul, ReadAndCount());

        Assert.Equal(
            0,
            Allocation.Of(() =>
            {
                for (var i = 0; i < 100; i++)
                    _ = ReadAndCount();
            })
        );

        ulong ReadAndCount()
        {
            vm.GetDirtyLog(dirty);
            ulong count = 0;
            foreach (var page in dirty)
                count += 1 + page;
            return count;
        }
    }

    private static void WriteRounds(GuestMode mode, Tracking tracking, bool isHarvestedMeanwhile, Action<int[], int[]> compare)
    {
        var random = new Random(20);
        using var guest = Create(mode, tracking, WriteEachPageOnce);
        using var memory = GuestMemory.Allocate(Pages * Page);
        var slot = guest.Vm.MapMemory(guest.Window, memory, KvmMemoryRegionFlags.LogDirtyPages);
        using var tracker = new DirtyTracker(tracking, guest.Vm, guest.Vcpu, slot);
        var reported = new int[Pages];
        void Count(ulong page) => reported[page]++;
        using var harvester = isHarvestedMeanwhile ? new Harvester(() => tracker.Harvest(Count)) : null;

        for (var round = 0; round < (mode == GuestMode.LongUser ? 150 : 30); round++)
        {
            // A full cycle: the multiplier is 1 modulo 4 and the increment odd. The guest writes a part of it.
            var written = random.Next(1, Pages + 1);
            var (multiplier, increment) = (4 * random.Next(Pages / 4) + 1, 2 * random.Next(Pages / 2) + 1);
            var start = random.Next(Pages);
            guest.Restart(
                new KvmRegs
                {
                    Rbx = (ulong)start,
                    Rcx = (ulong)written,
                    Rdx = (ulong)multiplier,
                    Rsi = (ulong)increment,
                    Rdi = (ulong)round,
                }
            );
            RunToOut(guest, tracker, Count);
            tracker.Harvest(Count);

            var expected = new int[Pages];
            for (var (i, page) = (0, start); i < written; i++, page = (page * multiplier + increment) % Pages)
                expected[page] = 1;
            compare(expected, reported);
            Array.Clear(reported);
        }
        Assert.True(harvester is null || harvester.Rounds > 0);
    }

    private static Guest Create(GuestMode mode, Tracking tracking, Action<Assembler> write) =>
        Guest.Create(
            mode,
            write,
            vm => DirtyTracker.Enable(tracking, vm),
            tracking switch
            {
                Tracking.Ring => [KvmCapability.DirtyLogRingAcqRel],
                Tracking.ManualLog => [KvmCapability.ManualDirtyLogProtect2],
                _ => [],
            }
        );

    // RBX is the page, RCX counts, and the next page is RBX × RDX + RSI.
    private static void WriteEachPageOnce(Assembler code)
    {
        var next = code.CreateLabel();
        code.Label(ref next);
        code.mov(rax, rbx);
        code.shl(rax, 12);
        code.mov(__qword_ptr.fs[rax], rdi);
        code.imul(rbx, rdx);
        code.add(rbx, rsi);
        code.and(ebx, Pages - 1);
        code.dec(rcx);
        code.jnz(next);
        code.@out(Port, al);
    }

    // RAX is a linear congruential generator; its high bits choose a page and a quadword there.
    private static void WriteAnywhere(Assembler code)
    {
        var next = code.CreateLabel();
        code.mov(rdx, 6364136223846793005);
        code.Label(ref next);
        code.imul(rax, rdx);
        code.add(rax, 0x1234567);
        code.mov(rbx, rax);
        code.shr(rbx, 64 - 18);
        code.mov(__qword_ptr.fs[rbx * 8], rax);
        code.dec(rcx);
        code.jnz(next);
        code.@out(Port, al);
    }

    private static void RunToOut(Guest guest, DirtyTracker tracker, Action<ulong> use)
    {
        while (true)
        {
            var exit = guest.Run();
            if (exit.Reason != KvmExitReason.DirtyRingFull)
            {
                Assert.True(exit.Reason == KvmExitReason.Io && exit.Io.Port == Port, exit.ToString());
                return;
            }
            tracker.Harvest(use);
        }
    }

    /// <summary>Harvests again and again on another thread, until disposed.</summary>
    private sealed class Harvester : IDisposable
    {
        private readonly Worker _worker;
        private volatile bool _isOver;
        private volatile int _rounds;

        public Harvester(Func<int> harvest) =>
            _worker = new Worker(() =>
            {
                do
                {
                    harvest();
                    // KVM lets the guest write a page, and the guest tries again: a harvest each time in between would stop it for good.
                    if (++_rounds % 10 == 0)
                        Thread.Sleep(1);
                } while (!_isOver);
            });

        public int Rounds => _rounds;

        public void Dispose()
        {
            _isOver = true;
            _worker.Finish();
        }
    }
}
