using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.State;

/// <summary>What was recorded of a memory is what it held, whatever was recorded before and however the pages stand in the file.</summary>
public class PageRecorderTests
{
    private const int Page = 4096;
    private const int Pages = 1024;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Last_contents_of_each_page_are_read_again(bool isDifference)
    {
        const ulong Start = 3 * Page;
        var random = new Random(7);
        for (var round = 0; round < 40; round++)
        {
            using var memory = GuestMemory.Allocate(Pages * Page);
            using var before = PageFile.CreateAnonymous();
            using var file = PageFile.CreateAnonymous();
            var expected = new byte[Pages * Page];
            var earlier = isDifference ? Fill(random, memory, before) : null;
            memory.Span.CopyTo(expected);
            var recorder = new PageRecorder(memory, file, new(Start, isPacked: isDifference)) { Earlier = earlier };
            HashSet<int> recorded = [];
            HashSet<int> hadBytes = [];
            for (var pass = 0; pass < 4; pass++)
            {
                var pages = Choose(random);
                foreach (var page in pages)
                {
                    var bytes = memory.Span.Slice(page * Page, Page);
                    if (random.Next(4) == 0)
                        bytes.Clear();
                    else
                        random.NextBytes(bytes);
                    bytes.CopyTo(expected.AsSpan(page * Page));
                    if (bytes.ContainsAnyExcept((byte)0) || earlier?.Has((ulong)page * Page) == true)
                        hadBytes.Add(page);
                }
                recorder.Record(Ranges(pages));
                recorded.UnionWith(pages);
            }

            var saved = recorder.ToPages();
            var read = new byte[Pages * Page];
            saved.Read(0, read);
            Assert.True(expected.AsSpan().SequenceEqual(read));
            // Zeros are noted in the place of bytes alone.
            var noted = recorder.Recorded.Runs().SelectMany(static run => PagesOf(run.Pages));
            Assert.Equal(recorded.Intersect(hadBytes).Order(), noted);
            var withBytes = recorder.Recorded.WithBytes().SelectMany(PagesOf);
            Assert.Equal(withBytes.Select(page => Crc32C.Of(expected.AsSpan(page * Page, Page))), recorder.Recorded.Sums());
            Assert.Equal(isDifference ? (before, 0) : (file, Start), saved.Whole);
        }
    }

    [Fact]
    public void Packed_pages_take_the_room_of_one_page_each_however_often_they_change()
    {
        using var memory = GuestMemory.Allocate(Pages * Page);
        using var file = PageFile.CreateAnonymous();
        memory.Span.Fill(1);
        using var before = PageFile.CreateAnonymous();
        var recorder = new PageRecorder(memory, file, new(0, isPacked: true)) { Earlier = Saved(memory, before) };
        memory.Span.Clear();
        int[] pages = [900, 3, 511, 4, 5];
        for (var pass = 0; pass < 10; pass++)
        {
            foreach (var page in pages)
                memory.Span[page * Page] = (byte)((pass % 3) * page);
            recorder.Record(pages.Select(static page => new PageRange((ulong)page * Page, (ulong)(page + 1) * Page)));
        }
        memory.Span[900 * Page] = 1;
        recorder.Record([new(900 * Page, 901 * Page)]);

        var places = recorder.Recorded.Runs().Where(static run => run.Place is not null);
        Assert.All(places, run => Assert.InRange(run.Place!.Value + run.Pages.Length, 1ul, (ulong)pages.Length * Page));
        Assert.Equal((long)pages.Length * Page, RandomAccess.GetLength(file.Handle));
    }

    [Fact]
    public void Pages_that_follow_each_other_in_memory_and_file_are_one_extent()
    {
        using var memory = GuestMemory.Allocate(Pages * Page);
        memory.Span.Fill(1);
        using var file = PageFile.CreateAnonymous();
        var recorder = new PageRecorder(memory, file, new(0, isPacked: true));
        recorder.Record([new(10 * Page, 700 * Page)]);
        recorder.Record([new(5 * Page, 10 * Page)]);
        recorder.Record([new(8 * Page, 20 * Page)]);

        Assert.Equal(
            [(5ul * Page, 10ul * Page, 690ul * Page), (10ul * Page, 700ul * Page, 0ul)],
            recorder.ToPages().Extents.ToArray().Select(static extent => (extent.Pages.Start, extent.Pages.End, extent.FileOffset))
        );
    }

    [Fact]
    public void Memory_that_is_larger_than_a_span_is_recorded_to_its_end()
    {
        const ulong Size = 6ul << 30;
        using var memory = GuestMemory.Allocate(Size);
        using var file = PageFile.CreateAnonymous();
        ulong[] pages = [0, (2ul << 30) - Page, 2ul << 30, (4ul << 30) - 2 * Page, (4ul << 30) - Page, Size - Page];
        foreach (var page in pages)
            memory.Write(page, page + 1);
        var recorder = new PageRecorder(memory, file, new(0, isPacked: true));

        recorder.RecordAll();

        var saved = recorder.ToPages();
        foreach (var page in pages)
        {
            var read = new byte[8];
            saved.Read(page, read);
            Assert.Equal(page + 1, BitConverter.ToUInt64(read));
        }
        Assert.Equal(pages.Length, (int)saved.KeptPages);
    }

    [Fact]
    public void File_that_cannot_be_written_is_an_error()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File, [1]);
        using var memory = GuestMemory.Allocate(Page);
        memory.Span[0] = 1;
        using var file = new PageFile(File.OpenHandle(folder.File));
        var recorder = new PageRecorder(memory, file, new(0, isPacked: true));

        Assert.Throws<UnauthorizedAccessException>(recorder.RecordAll);
        Assert.Equal(1, new FileInfo(folder.File).Length);
    }

    [Fact]
    public void Bitmap_of_all_pages_costs_no_note_for_those_that_hold_zeros_as_before()
    {
        using var memory = GuestMemory.Allocate(Pages * Page);
        memory.Span[5 * Page] = 1;
        using var before = PageFile.CreateAnonymous();
        using var file = PageFile.CreateAnonymous();
        var recorder = new PageRecorder(memory, file, new(0, isPacked: true)) { Earlier = Saved(memory, before) };
        memory.Span[5 * Page] = 0;
        memory.Span[700 * Page] = 1;

        recorder.Record([new(0, Pages * Page)]);

        Assert.Equal([(5, null), (700, 0ul)], recorder.Recorded.Runs().Select(static run => ((int)(run.Pages.Start / Page), run.Place)));
    }

    private static SavedPages Saved(GuestMemory memory, PageFile file)
    {
        var recorder = new PageRecorder(memory, file, new(0, isPacked: false));
        recorder.RecordAll();
        return recorder.ToPages();
    }

    private static SavedPages Fill(Random random, GuestMemory memory, PageFile file)
    {
        foreach (var page in Choose(random))
            random.NextBytes(memory.Span.Slice(page * Page, Page));
        return Saved(memory, file);
    }

    private static int[] Choose(Random random) =>
        random.Next(3) switch
        {
            0 => [.. Enumerable.Range(0, Pages).Where(_ => random.Next(20) == 0)],
            1 => [.. Enumerable.Range(random.Next(Pages / 2), random.Next(1, Pages / 2))],
            _ => [.. Enumerable.Range(0, Pages).Where(static page => page % 2 == 1)],
        };

    private static IEnumerable<int> PagesOf(PageRange range) => Enumerable.Range((int)(range.Start / Page), (int)range.PageCount);

    // Neighbours together, as a dirty log has them.
    private static List<PageRange> Ranges(int[] pages)
    {
        List<PageRange> ranges = [];
        foreach (var page in pages)
        {
            var start = (ulong)page * Page;
            if (ranges.Count != 0 && ranges[^1].End == start)
                ranges[^1] = ranges[^1] with { End = start + Page };
            else
                ranges.Add(new(start, start + Page));
        }
        return ranges;
    }
}
