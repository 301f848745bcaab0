using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.State;

/// <summary>Files of differences that this library did not write: what they say by docs/snapshot-format.md, or they are refused.</summary>
public class DifferenceFileTests
{
    private const int Page = 4096;

    /// <summary>Of two memories pages 1 to 4 and 2, the rest zeros.</summary>
    private static DifferenceModel Base => DifferenceModel.CreateBase();

    [Fact]
    public void Pages_come_from_the_differences_or_are_zeros_or_as_they_were()
    {
        var differences = Base.Next();
        differences.Add(0, first: 2, [0xA1, 0xA2], place: 1);
        differences.AddZeros(0, first: 4, count: 1);
        differences.Add(0, first: 6, [0xA3], place: 0);
        differences.Add(1, first: 0, [0xB1], place: 2);

        using var pair = new LoadedPair(Base, differences);

        Assert.Equal([0, 1, 0xA1, 0xA2, 0, 0, 0xA3, 0], pair.FirstBytes(0));
        Assert.Equal([0xB1, 0, 5, 0], pair.FirstBytes(1));
        pair.State.Verify();
    }

    [Fact]
    public void Extents_may_share_places_and_go_through_the_file_in_any_order()
    {
        var differences = Base.Next();
        differences.Add(0, first: 0, [1, 2, 3], place: 3);
        differences.Add(0, first: 4, [2, 3, 4], place: 4); // Of two its places are those of the first extent.
        differences.Add(0, first: 7, [9], place: 0);

        using var pair = new LoadedPair(Base, differences);

        Assert.Equal([1, 2, 3, 3, 2, 3, 4, 9], pair.FirstBytes(0));
        pair.State.Verify();
    }

    public static TheoryData<string> Hostile { get; } =
    ["behind DATA", "in front of DATA", "DATA of another memory", "odd place", "count near 2^64", "no page", "two of a page", "descending"];

    [Theory, MemberData(nameof(Hostile))]
    public void Extent_that_cannot_be_is_refused(string what)
    {
        var differences = Base.Next();
        switch (what)
        {
            case "behind DATA":
                differences.Add(0, first: 0, [1, 2], place: 7);
                break;
            case "in front of DATA":
                differences.AddAt(1, first: 0, count: 1, differences.PlaceOf(1, 0) - Page);
                break;
            case "DATA of another memory":
                differences.AddAt(0, first: 0, count: 1, differences.PlaceOf(1, 0));
                break;
            case "odd place":
                differences.AddAt(0, first: 0, count: 1, differences.PlaceOf(0, 0) + 8);
                break;
            case "count near 2^64":
                differences.AddAt(0, first: 1, count: ulong.MaxValue, differences.PlaceOf(0, 0));
                break;
            case "no page":
                differences.AddZeros(0, first: 1, count: 0);
                break;
            case "two of a page":
                differences.AddZeros(0, first: 1, count: 2);
                differences.Add(0, first: 2, [1], place: 0);
                break;
            case "descending":
                differences.AddZeros(1, first: 1, count: 1);
                differences.AddZeros(0, first: 1, count: 1);
                break;
            default:
                Assert.Fail(what);
                break;
        }

        var refusal = Assert.Throws<InvalidDataException>(() => new LoadedPair(Base, differences).Dispose());

        Assert.Contains("'EXTS'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Page_of_zeros_has_no_extent_in_a_file_that_holds_all()
    {
        var whole = Base;
        whole.AddZeros(0, first: 7, count: 1);
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File, whole.ToFile());

        Assert.Contains("'EXTS'", Assert.Throws<InvalidDataException>(() => VmState.Load(folder.File)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Memories_are_matched_by_the_order_in_which_slots_map_them()
    {
        var differences = Base.Next();
        differences.Sizes = [4, 8];
        differences.Slots = [1, 0];
        differences.Add(0, first: 3, [0xB1], place: 0); // The smaller memory, which slot 1 maps, is the first in this file.
        differences.Add(1, first: 0, [0xA1], place: 0);

        using var pair = new LoadedPair(Base, differences);

        Assert.Equal([0xA1, 1, 2, 3, 4, 0, 0, 0], pair.FirstBytes(0));
        Assert.Equal([0, 0, 5, 0xB1], pair.FirstBytes(1));
    }

    [Fact]
    public void State_that_holds_all_is_not_put_over_another_whatever_its_id()
    {
        using var folder = new TemporaryFolder();
        var nameless = Base;
        nameless.Id = Guid.Empty;
        File.WriteAllBytes(folder.File, nameless.ToFile());
        using var state = VmState.Load(folder.File);

        Assert.Throws<ArgumentException>(() => VmState.Load(folder.File, state));
    }

    [Fact]
    public void Base_that_is_gone_or_without_contents_is_refused_when_the_differences_are_loaded()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File, Base.ToFile());
        var (next, away) = (Path.Combine(folder.Path, "next"), Path.Combine(folder.Path, "away"));
        File.WriteAllBytes(next, Base.Next().ToFile());
        var state = VmState.Load(folder.File);
        using (var file = File.Create(away))
            state.SaveWithoutMemory(file);
        state.Dispose();
        using var empty = VmState.Load(away);

        Assert.Throws<ObjectDisposedException>(() => VmState.Load(next, state));
        var refusal = Assert.Throws<ArgumentException>(() => VmState.Load(next, empty));
        Assert.Contains("without the contents", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Damage_in_the_base_is_found_by_the_differences_and_gets_no_checksum_that_is_right(bool isInHole)
    {
        using var folder = new TemporaryFolder();
        var bytes = Base.ToFile();
        bytes[Base.PlaceOf(0, isInHole ? 5ul : 3) + 100] ^= 4;
        File.WriteAllBytes(folder.File, bytes);
        var next = Path.Combine(folder.Path, "next");
        var differences = Base.Next();
        differences.Add(0, first: 0, [7], place: 0);
        File.WriteAllBytes(next, differences.ToFile());
        VmState state;
        using (var before = VmState.Load(folder.File))
            state = VmState.Load(next, before);

        using (state)
        {
            Assert.Throws<InvalidDataException>(state.Verify);
            Assert.Throws<InvalidDataException>(() => state.Save(Stream.Null));
        }
    }

    [Fact]
    public void Base_is_read_once_however_many_differences_are_verified()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File, Base.ToFile());
        var next = Path.Combine(folder.Path, "next");
        File.WriteAllBytes(next, Base.Next().ToFile());
        using var before = VmState.Load(folder.File);
        using var state = VmState.Load(next, before);
        state.Verify();
        var bytes = Base.ToFile();
        bytes[Base.PlaceOf(0, 3)] ^= 4;
        File.WriteAllBytes(folder.File, bytes);

        before.Verify();
        using var again = VmState.Load(folder.File);
        Assert.Throws<InvalidDataException>(again.Verify);
    }

    [Fact]
    public void File_that_is_cut_off_anywhere_is_refused()
    {
        var differences = Base.Next();
        differences.Add(0, first: 2, [1, 2], place: 0);
        differences.AddZeros(1, first: 0, count: 2);
        var file = differences.ToFile();
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File, Base.ToFile());
        using var before = VmState.Load(folder.File);
        var next = Path.Combine(folder.Path, "next");

        for (var length = 0; length < file.Length; length += length > 14 * Page ? 7 : 501)
        {
            File.WriteAllBytes(next, file[..length]);
            Assert.Throws<InvalidDataException>(() => VmState.Load(next, before).Dispose());
        }
    }

    [Fact]
    public void File_with_anything_changed_is_refused_or_says_what_its_sections_say()
    {
        var rounds = TestHost.Many(500, emulated: 100, "VMCSGEN_DIFFERENCES");
        var random = new Random(11);
        using var folder = new TemporaryFolder();
        var whole = Base;
        File.WriteAllBytes(folder.File, whole.ToFile());
        using var before = VmState.Load(folder.File);
        var next = Path.Combine(folder.Path, "next");
        var (loaded, refused) = (0, 0);
        for (var round = 0; round < rounds; round++)
        {
            var differences = DifferenceModel.Random(whole, random);
            var bytes = differences.ToFile(sections => Change(sections, random));
            File.WriteAllBytes(next, bytes);
            try
            {
                using var state = VmState.Load(next, before);
                loaded++;
                Compare(state, DifferenceModel.Expect(whole, bytes), round);
            }
            catch (Exception refusal) when (refusal is InvalidDataException or ArgumentException)
            {
                Assert.NotEmpty(refusal.Message);
                refused++;
            }
        }
        Assert.True(loaded > rounds / 10 && refused > rounds / 10, $"{loaded} files were loaded and {refused} refused.");
    }

    [Fact]
    public void File_that_is_replaced_while_it_is_loaded_is_the_old_one_or_the_new()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File, Base.ToFile());
        using var before = VmState.Load(folder.File);
        var next = Path.Combine(folder.Path, "next");
        byte[][] versions = [FileOf(0xA1), FileOf(0xB2)];
        Replace(0);
        var replacing = new Worker(() =>
        {
            for (var i = 1; i <= 30; i++)
                Replace(i);
        });
        HashSet<int> seen = [];
        do
        {
            using var state = VmState.Load(next, before);
            state.Verify();
            var contents = new byte[8 * Page];
            state.Slots[0].Memory.Read(0, contents);
            Assert.Equal(contents[0], contents[^1]);
            seen.Add(contents[0]);
        } while (replacing.IsAlive);
        replacing.Finish();
        Assert.All(seen, static fill => Assert.True(fill is 0xA1 or 0xB2));

        void Replace(int i)
        {
            using var file = new ReplacedFile(next);
            file.Stream.Write(versions[i % 2]);
            file.Commit();
        }

        static byte[] FileOf(byte fill)
        {
            var differences = Base.Next();
            differences.Add(0, first: 0, [.. Enumerable.Repeat(fill, 8)], place: 0);
            return differences.ToFile();
        }
    }

    // Read, mapped and saved again they are the same.
    private static void Compare(VmState state, IReadOnlyList<byte[]> expected, int round)
    {
        var memories = state.Memories().ToArray();
        Assert.Equal(expected.Select(static memory => (ulong)memory.Length), memories.Select(static memory => memory.Size));
        foreach (var (memory, contents) in memories.Zip(expected))
        {
            var read = new byte[contents.Length];
            memory.Read(0, read);
            Assert.True(contents.AsSpan().SequenceEqual(read), $"Round {round}: other bytes are read.");
            using var mapped = memory.Pages.ToMemory();
            Assert.True(contents.AsSpan().SequenceEqual(mapped.Span), $"Round {round}: other bytes are mapped.");
        }
        using var stream = new MemoryStream();
        try
        {
            state.Save(stream);
        }
        catch (InvalidDataException)
        {
            return; // Its checksums are wrong.
        }
        using var again = SnapshotBytes.Load(stream.ToArray());
        foreach (var (memory, contents) in again.Memories().Zip(expected))
        {
            var read = new byte[contents.Length];
            memory.Read(0, read);
            Assert.True(contents.AsSpan().SequenceEqual(read), $"Round {round}: other bytes are saved.");
        }
    }

    // A few words of a few sections, which get checksums that are right; or sections that are left out, repeated or swapped.
    private static void Change(List<(string Tag, byte[] Content)> sections, Random random)
    {
        ulong[] words = [0, 1, 2, 4, 8, Page, 2 * Page, 3 * Page, 12 * Page, 0x7FFF_FFFF, 1ul << 32, 1ul << 62, ulong.MaxValue];
        for (var times = random.Next(4); times > 0; times--)
        {
            var at = random.Next(sections.Count);
            var content = sections[at].Content;
            switch (random.Next(sections[at].Tag == "EXTS" ? 20 : 24))
            {
                case 20:
                    sections.RemoveAt(at);
                    break;
                case 21:
                    sections.Insert(at, sections[at]);
                    break;
                case 22:
                    sections[at] = sections[at] with { Content = content[..random.Next(content.Length + 1)] };
                    break;
                case 23 when at != 0:
                    (sections[at - 1], sections[at]) = (sections[at], sections[at - 1]);
                    break;
                case < 10 when content.Length >= 8:
                    var place = content.AsSpan(random.Next(content.Length / 8) * 8);
                    BitConverter.TryWriteBytes(
                        place,
                        words[random.Next(words.Length)] + (random.Next(3) == 0 ? BitConverter.ToUInt64(place) : 0)
                    );
                    break;
                case < 20 when content.Length != 0:
                    content[random.Next(content.Length)] ^= (byte)(1 << random.Next(8));
                    break;
            }
        }
    }

    /// <summary>A file and one with differences to it, on disk and loaded.</summary>
    private sealed class LoadedPair : IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        public LoadedPair(DifferenceModel before, DifferenceModel differences)
        {
            try
            {
                File.WriteAllBytes(_folder.File, before.ToFile());
                var next = Path.Combine(_folder.Path, "next");
                File.WriteAllBytes(next, differences.ToFile());
                using var earlier = VmState.Load(_folder.File);
                State = VmState.Load(next, earlier);
            }
            catch
            {
                _folder.Dispose();
                throw;
            }
        }

        public VmState State { get; }

        /// <summary>The first byte of each page of the memory of a slot.</summary>
        public int[] FirstBytes(int slot)
        {
            var contents = new byte[State.Slots[slot].Memory.Size];
            State.Slots[slot].Memory.Read(0, contents);
            return [.. Enumerable.Range(0, contents.Length / Page).Select(page => (int)contents[page * Page])];
        }

        public void Dispose()
        {
            State.Dispose();
            _folder.Dispose();
        }
    }
}
