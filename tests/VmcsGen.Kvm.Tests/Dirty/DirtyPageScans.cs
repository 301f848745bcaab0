using System;
using System.Collections.Generic;
using CsCheck;
using VmcsGen.Kvm.Tests.Testing;
using VmcsGen.Vmx.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Dirty;

/// <summary>DirtyPages finds what a scan bit by bit finds.</summary>
public class DirtyPageScans
{
    // Words that are mostly clean, sometimes full, and sometimes anything: that is what the fast paths tell apart.
    private static readonly Gen<ulong> s_word = Gen.OneOf(
        Gen.Const(0ul),
        Gen.Const(0ul),
        Gen.Const(0ul),
        Gen.Const(ulong.MaxValue),
        Gen.Int[0, 63].Select(static bit => 1ul << bit),
        Gen.ULong
    );

    [Fact]
    public void Scan_finds_the_pages_that_a_naive_one_finds() =>
        s_word
            .Array[0, 100]
            .Sample(
                static words => Assert.Equal(Naive(words, 64 * words.Length), Scan(DirtyPages.In(words))),
                iter: TestHost.Many(20_000, emulated: 500)
            );

    [Fact]
    public void Bits_behind_the_last_page_do_not_count() =>
        Gen.Select(s_word.Array[0, 40], Gen.Double[0, 1])
            .Sample(
                static (words, part) =>
                {
                    var pages = (int)(part * 64 * words.Length);
                    Assert.Equal(Naive(words, pages), Scan(DirtyPages.In(words, (ulong)pages)));
                },
                iter: TestHost.Many(20_000, emulated: 500)
            );

    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(513)]
    [InlineData(4095)]
    public void Each_page_alone_is_found_whatever_the_length(int pages)
    {
        var words = new ulong[(pages + 63) / 64];
        for (var page = 0; page < pages; page++)
        {
            words[page / 64] = 1ul << (page % 64);
            Assert.Equal([(ulong)page], Scan(DirtyPages.In(words, (ulong)pages)));
            words[page / 64] = 0;
        }
        Array.Fill(words, ulong.MaxValue);
        Assert.Equal(pages, Scan(DirtyPages.In(words, (ulong)pages)).Count);
    }

    [Fact]
    public void Bitmap_shorter_than_the_pages_is_refused()
    {
        var refusal = Assert.Throws<ArgumentException>(static () =>
        {
            foreach (var page in DirtyPages.In(new ulong[2], 129))
                Assert.Fail($"{page}");
        });

        Assert.Contains("129 pages takes 3 words", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Enumerator_stays_at_the_end()
    {
        var pages = DirtyPages.In([1ul]).GetEnumerator();

        Assert.True(pages.MoveNext());
        Assert.False(pages.MoveNext());
        Assert.False(pages.MoveNext());
    }

    [Fact]
    public void Scan_allocates_nothing()
    {
        var words = new ulong[4096];
        for (var i = 0; i < words.Length; i += 37)
            words[i] = 0x8000_0100_0000_0001;
        var found = Sum(words);

        var again = 0ul;

        Assert.Equal(0, Allocation.Of(() => again = Sum(words)));
        Assert.Equal(found, again);

        static ulong Sum(ReadOnlySpan<ulong> words)
        {
            ulong sum = 0;
            foreach (var page in DirtyPages.In(words))
                sum += page;
            return sum;
        }
    }

    [Fact]
    public void Bitmap_holds_what_was_set_and_knows_its_pages()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(70 * 4096);
        var bitmap = new DirtyBitmap(vm.MapMemory(0x10_0000, memory));

        bitmap[0] = bitmap[69] = true;
        Assert.True(bitmap.TryAdd(new DirtyPage(bitmap.Slot.Number, 64)));
        Assert.False(bitmap.TryAdd(new DirtyPage(bitmap.Slot.Number, 70)));
        Assert.False(bitmap.TryAdd(new DirtyPage(bitmap.Slot.Number, ulong.MaxValue)));
        Assert.False(bitmap.TryAdd(new DirtyPage(bitmap.Slot.Number + 1, 1)));
        bitmap.Words[1] |= 1ul << 63; // Stands for no page.

        Assert.Equal([0ul, 64, 69], Pages(bitmap));
        Assert.True(bitmap[64] && !bitmap[63]);
        Assert.Equal(0x10_0000ul + 69 * 4096, bitmap.AddressOf(69));
        bitmap[64] = false;
        bitmap.Words[1] &= ~(1ul << 63);
        Assert.Equal(2ul, bitmap.Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => bitmap[70]);
        Assert.Throws<ArgumentOutOfRangeException>(() => bitmap.AddressOf(70));
        var other = new DirtyBitmap(bitmap.Slot) { [3] = true };
        other.UnionWith(bitmap);
        Assert.Equal([0ul, 3, 69], Pages(other));
        other.Clear();
        Assert.Equal(0ul, other.Count);
    }

    private static List<ulong> Pages(DirtyBitmap bitmap)
    {
        List<ulong> pages = [];
        foreach (var page in bitmap)
            pages.Add(page);
        return pages;
    }

    private static List<ulong> Scan(DirtyPages dirty)
    {
        List<ulong> pages = [];
        foreach (var page in dirty)
            pages.Add(page);
        return pages;
    }

    private static List<ulong> Naive(ulong[] words, int pages)
    {
        List<ulong> found = [];
        for (var page = 0; page < pages; page++)
        {
            if ((words[page / 64] >> (page % 64) & 1) != 0)
                found.Add((ulong)page);
        }
        return found;
    }
}
