using System;
using System.IO;
using VmcsGen.Kvm.Tests.State;
using Xunit;

namespace VmcsGen.Kvm.Tests.Supply;

/// <summary>The section of a snapshot that says that pages are elsewhere.</summary>
public class AwaySectionTests
{
    private const int Page = GuestMemory.PageSize;

    private static readonly (string Tag, byte[] Content) s_memory = ("MEM ", BitConverter.GetBytes(4ul * Page));
    private static readonly (string Tag, byte[] Content) s_away = ("AWAY", []);

    // Memory 0, page 1, one page at the second page of the file.
    private static readonly byte[] s_extent =
    [
        .. new byte[8],
        .. BitConverter.GetBytes(1ul),
        .. BitConverter.GetBytes(1ul),
        .. BitConverter.GetBytes((ulong)Page),
    ];

    [Fact]
    public void It_follows_a_memory()
    {
        using var state = SnapshotBytes.Load(SnapshotBytes.File(s_memory, s_away, ("SLOT", [.. new byte[24]])));

        Assert.False(Assert.Single(state.Slots).Memory.HasContents);
    }

    [Fact]
    public void It_is_refused_where_it_makes_no_sense()
    {
        (string Tag, byte[] Content)[][] wrong =
        [
            [s_away],
            [s_memory, ("AWAY", new byte[8])],
            [s_memory, s_away, s_away],
            [s_memory, s_away, ("DATA", new byte[Page])],
            [s_memory, ("DATA", new byte[Page]), s_away],
            [s_memory, s_away, ("EXTS", s_extent)],
            [("IDEN", [.. new byte[16], .. Guid.NewGuid().ToByteArray()]), s_memory, s_away],
        ];
        foreach (var sections in wrong)
        {
            var refusal = Assert.Throws<InvalidDataException>(() => SnapshotBytes.Load(SnapshotBytes.File(sections)));
            Assert.Contains($"'{sections[^1].Tag}'", refusal.Message, StringComparison.Ordinal);
        }
    }
}
