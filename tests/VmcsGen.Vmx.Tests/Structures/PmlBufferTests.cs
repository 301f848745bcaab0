using System;
using CsCheck;
using VmcsGen.Vmx.Structures;
using Xunit;

namespace VmcsGen.Vmx.Tests;

// SDM 3C 29.3.6: the index counts down from 511, and points to the entry that is written next.
public class PmlBufferTests
{
    [Fact]
    public void What_the_processor_logged_is_enumerated_the_newest_first() =>
        Gen.Int[0, 512]
            .Sample(count =>
            {
                var page = new byte[4096];
                var index = Log(page, count);

                var logged = new PmlBuffer(page).Logged(index);

                Assert.Equal(count, logged.Length);
                for (var i = 0; i < count; i++)
                    Assert.Equal((ulong)(count - i) << 12, logged[i]);
                Assert.Equal(count == 512, PmlBuffer.IsFull(index));
            });

    [Fact]
    public void An_empty_log_has_the_index_of_the_last_entry() =>
        Assert.True(new PmlBuffer(new byte[4096]).Logged(PmlBuffer.EmptyIndex).IsEmpty);

    [Fact]
    public void After_entry_0_the_index_is_FFFF_and_the_log_is_full()
    {
        var page = new byte[4096];
        var index = Log(page, 512);

        Assert.Equal(0xFFFF, index);
        Assert.Equal(512, new PmlBuffer(page).Logged(index).Length);
    }

    [Fact]
    public void Memory_that_is_not_one_page_is_refused() => Assert.Throws<ArgumentException>(static () => _ = new PmlBuffer(new byte[512]));

    // As the processor does it, page 1 first.
    private static ushort Log(byte[] page, int count)
    {
        var index = PmlBuffer.EmptyIndex;
        for (var i = 1; i <= count; i++)
            BitConverter.TryWriteBytes(page.AsSpan(8 * index--), (ulong)i << 12);
        return index;
    }
}
