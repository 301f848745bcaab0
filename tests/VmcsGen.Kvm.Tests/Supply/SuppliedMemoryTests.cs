using System;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using CsCheck;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Supply;

/// <summary>Pages come from their source when they are first touched, whoever touches them.</summary>
public partial class SuppliedMemoryTests
{
    private const int Page = GuestMemory.PageSize;
    private const int Pages = 100;
    private const int MADV_DONTNEED = 4;

    [Fact]
    public void Each_access_of_the_program_finds_what_the_source_has_and_asks_for_its_pages_alone()
    {
        PatternSource.Require();
        var source = new PatternSource();
        using var memory = GuestMemory.AllocateSupplied(Pages * Page, source);
        var supply = memory.Supply!;

        Assert.Equal(PatternSource.WordAt(8), memory.Read<ulong>(8));
        Assert.Equal((1, Pages - 1ul), (source.Reads, supply.MissingPages));
        var bytes = new byte[2 * Page];
        memory.Read(10 * Page + 8, bytes);
        Assert.Equal(PatternSource.Contents(Pages)[(10 * Page + 8)..(12 * Page + 8)], bytes);
        Assert.Equal(4, source.Reads);
        memory.Write(20 * Page + 8, 5ul);
        Assert.Equal(PatternSource.WordAt(20 * Page + 16), BitConverter.ToUInt64(memory.GetSpan(20 * Page, Page)[16..]));
        Assert.Equal(5ul, memory.CreateView(20 * Page, Page).Read<ulong>(8));
        Assert.Equal((5, Pages - 5ul), (source.Reads, supply.MissingPages));
        Assert.Equal(PatternSource.WordAt(99 * Page), memory.CreateView(98 * Page, 2 * Page).Read<ulong>(Page));
        Assert.Equal((7, Pages - 7ul), (source.Reads, supply.MissingPages));
        Assert.Throws<ArgumentOutOfRangeException>(() => memory.Read<ulong>(Pages * Page - 7));
        Assert.Equal(7, source.Reads);
        Assert.Null(supply.Failure);
    }

    [Fact]
    public void The_kernel_and_native_code_wait_for_the_page_that_they_touch()
    {
        PatternSource.Require();
        var source = new PatternSource();
        using var memory = GuestMemory.AllocateSupplied(Pages * Page, source);
        var contents = PatternSource.Contents(Pages);
        var copy = new byte[3 * Page];

        CopyMemory(copy, memory.Handle.DangerousGetHandle() + 7 * Page, (nuint)copy.Length);
        Assert.Equal(contents[(7 * Page)..(10 * Page)], copy);
        using var file = new FileStream(
            Path.GetTempFileName(),
            new FileStreamOptions { Access = FileAccess.ReadWrite, Options = FileOptions.DeleteOnClose }
        );
        Assert.Equal(
            2 * Page,
            Write((int)file.SafeFileHandle.DangerousGetHandle(), memory.Handle.DangerousGetHandle() + 50 * Page, 2 * Page)
        );
        var written = new byte[2 * Page];
        Assert.Equal(2 * Page, RandomAccess.Read(file.SafeFileHandle, written, 0));
        Assert.Equal(contents[(50 * Page)..(52 * Page)], written);
        Assert.Equal((5, Pages - 5ul), (source.Reads, memory.Supply!.MissingPages));
    }

    [Fact]
    public void Random_accesses_of_all_kinds_leave_the_memory_that_a_plain_one_would_be() =>
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, Pages - 1], Gen.Int[0, 2 * Page])
            .Array[1, 60]
            .Sample(
                steps =>
                {
                    PatternSource.Require();
                    using var memory = GuestMemory.AllocateSupplied(Pages * Page, new PatternSource());
                    var expected = PatternSource.Contents(Pages);
                    foreach (var (kind, page, length) in steps)
                        Step(memory, expected, kind, page, Math.Min(length, (Pages - page) * Page));
                    memory.Supply!.SupplyAll();
                    Assert.Equal(0ul, memory.Supply.MissingPages);
                    Assert.True(memory.Span.SequenceEqual(expected));
                },
                iter: TestHost.Many(200, emulated: 40)
            );

    [Fact]
    public void Many_threads_touch_the_memory_in_any_order_while_all_of_it_is_supplied_and_garbage_is_collected()
    {
        PatternSource.Require();
        const int Many = 2000;
        using var memory = GuestMemory.AllocateSupplied(
            Many * Page,
            new PatternSource { Before = static _ => GC.KeepAlive(new byte[5000]) }
        );
        var contents = PatternSource.Contents(Many);
        var start = memory.Handle.DangerousGetHandle();
        using var isOver = new ManualResetEventSlim();
        var collector = new Thread(() =>
        {
            while (!isOver.Wait(1))
                GC.Collect();
        });
        collector.Start();
        var wrong = 0;
        var readers = Enumerable
            .Range(0, 4)
            .Select(seed => new Thread(() =>
            {
                var random = new Random(seed);
                var copy = new byte[Page];
                for (var i = 0; i < Many; i++)
                {
                    var page = random.Next(Many);
                    if (i % 2 == 0)
                        CopyMemory(copy, start + page * Page, Page);
                    else
                        memory.Read((ulong)(page * Page), copy);
                    if (!copy.AsSpan().SequenceEqual(contents.AsSpan(page * Page, Page)))
                        Interlocked.Increment(ref wrong);
                }
            }))
            .ToArray();
        foreach (var reader in readers)
            reader.Start();

        memory.Supply!.SupplyAll();

        foreach (var reader in readers)
            reader.Join();
        isOver.Set();
        collector.Join();
        Assert.Equal((0, 0ul), (wrong, memory.Supply.MissingPages));
    }

    [Fact]
    public void Pages_of_zeros_take_no_memory_until_they_are_written()
    {
        PatternSource.Require();
        using var memory = GuestMemory.AllocateSupplied(Pages * Page, new PatternSource());

        memory.Supply!.SupplyAll();

        var zeros = Enumerable.Range(0, Pages).Count(static page => PatternSource.IsZero((ulong)page));
        Assert.Equal(20, zeros);
        Assert.Equal((Pages - zeros) * Page / 1024, AnonymousKib(memory));
        memory.Write(2 * Page, 1);
        Assert.Equal((Pages - zeros + 1) * Page / 1024, AnonymousKib(memory));
    }

    [Fact]
    public void Source_that_throws_is_asked_again_and_the_rest_goes_on()
    {
        PatternSource.Require();
        var isBroken = true;
        using var memory = GuestMemory.AllocateSupplied(
            Pages * Page,
            new PatternSource
            {
                Before = page =>
                {
                    if (isBroken && page == 30)
                        throw new InvalidDataException("chunk 3 is damaged");
                },
            }
        );

        var told = Assert.Throws<IOException>(() => memory.Read<int>(30 * Page));
        Assert.Contains("0x1E000", told.Message, StringComparison.Ordinal);
        Assert.Contains("chunk 3 is damaged", told.Message, StringComparison.Ordinal);
        Assert.IsType<InvalidDataException>(told.InnerException);
        Assert.Equal(PatternSource.WordAt(31 * Page), memory.Read<ulong>(31 * Page));
        Assert.Throws<IOException>(() => memory.Supply!.SupplyAll());
        Assert.Null(memory.Supply!.Failure);

        isBroken = false;
        memory.Supply.SupplyAll();
        Assert.True(memory.Span.SequenceEqual(PatternSource.Contents(Pages)));
    }

    [Theory]
    [InlineData(1, 0xC028_AA03)]
    [InlineData(2, 0xC020_AA04)]
    public void Page_that_the_kernel_has_no_memory_for_is_not_taken_for_supplied(int page, uint request)
    {
        PatternSource.Require();
        using var memory = GuestMemory.AllocateSupplied(Pages * Page, new PatternSource());

        using (LibcFault.OfIoctl(request, Errno.ENOMEM))
            Assert.Contains(
                "ENOMEM",
                Assert.Throws<IOException>(() => memory.Read<ulong>((ulong)(page * Page))).Message,
                StringComparison.Ordinal
            );

        Assert.Equal((ulong)Pages, memory.Supply!.MissingPages);
        Assert.Equal(PatternSource.WordAt((ulong)(page * Page)), memory.Read<ulong>((ulong)(page * Page)));
        Assert.Equal(Pages - 1ul, memory.Supply.MissingPages);
    }

    [Fact]
    public void Cancelled_supplying_leaves_the_rest_to_be_supplied_when_it_is_touched()
    {
        PatternSource.Require();
        using var cancellation = new CancellationTokenSource();
        using var memory = GuestMemory.AllocateSupplied(
            Pages * Page,
            new PatternSource
            {
                Before = page =>
                {
                    if (page == 40)
                        cancellation.Cancel();
                },
            }
        );

        Assert.Throws<OperationCanceledException>(() => memory.Supply!.SupplyAll(cancellation.Token));

        Assert.InRange(memory.Supply!.MissingPages, 1ul, Pages - 40ul);
        Assert.Equal(PatternSource.WordAt(99 * Page), memory.Read<ulong>(99 * Page));
    }

    [Fact]
    public void Wrong_arguments_are_refused()
    {
        Assert.Throws<ArgumentNullException>(() => GuestMemory.AllocateSupplied(Page, null!));
        Assert.Throws<ArgumentOutOfRangeException>(() => GuestMemory.AllocateSupplied(0, new PatternSource()));
        Assert.Throws<ArgumentOutOfRangeException>(() => GuestMemory.AllocateSupplied(Page + 1, new PatternSource()));
        using var plain = GuestMemory.Allocate(Page);
        Assert.Null(plain.Supply);
    }

    private static void Step(GuestMemory memory, byte[] expected, int kind, int page, int length)
    {
        var offset = (ulong)(page * Page);
        var part = expected.AsSpan(page * Page, length);
        var bytes = new byte[length];
        switch (kind)
        {
            case 0:
                memory.Read(offset, bytes);
                Assert.True(part.SequenceEqual(bytes));
                break;
            case 1:
                CopyMemory(bytes, memory.Handle.DangerousGetHandle() + page * Page, (nuint)length);
                Assert.True(part.SequenceEqual(bytes));
                break;
            case 2:
                part.Fill((byte)length);
                Array.Fill(bytes, (byte)length);
                memory.Write(offset, bytes);
                break;
            case 3:
                part.Reverse();
                memory.GetSpan(offset, length).Reverse();
                break;
            case 4:
                Assert.True(part.SequenceEqual(memory.GetSpan(offset, length)));
                break;
            case 5:
                // What a balloon does with a page that was there.
                memory.Read(offset, new byte[1]);
                expected.AsSpan(page * Page, Page).Clear();
                Assert.Equal(0, Advise(memory.Handle.DangerousGetHandle() + page * Page, Page, MADV_DONTNEED));
                bytes = new byte[Page];
                CopyMemory(bytes, memory.Handle.DangerousGetHandle() + page * Page, Page);
                Assert.False(bytes.ContainsAnyExcept((byte)0));
                break;
        }
    }

    private static int AnonymousKib(GuestMemory memory)
    {
        var address = (ulong)memory.Handle.DangerousGetHandle();
        var lines = File.ReadLines("/proc/self/smaps")
            .SkipWhile(line => !IsOf(line, address))
            .First(static line => line.StartsWith("Anonymous:", StringComparison.Ordinal));
        return int.Parse(lines.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static bool IsOf(string line, ulong address)
    {
        var dash = line.IndexOf('-', StringComparison.Ordinal);
        return dash > 0
            && ulong.TryParse(line.AsSpan(0, dash), System.Globalization.NumberStyles.HexNumber, null, out var start)
            && start == address;
    }

    [LibraryImport("libc.so.6", EntryPoint = "memcpy")]
    private static partial nint CopyMemory([Out] byte[] destination, nint source, nuint length);

    [LibraryImport("libc.so.6", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, nint source, nuint length);

    [LibraryImport("libc.so.6", EntryPoint = "madvise", SetLastError = true)]
    private static partial int Advise(nint address, nuint length, int advice);
}
