using System;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Memory;

public class Allocation
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4095)]
    [InlineData(4097)]
    [InlineData(ulong.MaxValue)]
    public void Size_that_is_not_a_number_of_pages_is_refused(ulong size)
    {
        var refusal = Assert.Throws<ArgumentOutOfRangeException>(() => GuestMemory.Allocate(size));

        Assert.Equal("size", refusal.ParamName);
        Assert.Equal(size, refusal.ActualValue);
        Assert.Contains("4096", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Size_beyond_the_address_space_is_refused_by_the_host()
    {
        var refusal = Assert.Throws<KvmException>(() => GuestMemory.Allocate(1UL << 60));

        Assert.Equal("mmap", refusal.Operation);
        Assert.Equal(Errno.ENOMEM, refusal.Errno);
        Assert.Contains($"{1UL << 60} bytes", refusal.Message, StringComparison.Ordinal);
        Assert.NotNull(refusal.Remedy);
    }

    [Fact]
    public void Memory_is_aligned_zeroed_and_of_the_size_asked_for()
    {
        using var memory = GuestMemory.Allocate(0x3000);

        Assert.Equal(0x3000u, memory.Size);
        Assert.Equal(0x3000, memory.Span.Length);
        Assert.Equal(0u, KvmResources.AddressOf(memory) % GuestMemory.PageSize);
        Assert.False(memory.Span.ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void Memory_may_be_larger_than_a_span()
    {
        const ulong Size = 1UL << 36;
        using var memory = GuestMemory.Allocate(Size);

        memory.Write(Size - 8, 0x1122_3344_5566_7788u);

        Assert.Equal(0x1122_3344_5566_7788u, memory.Read<ulong>(Size - 8));
        Assert.Equal(0x88, memory.GetSpan(Size - 8, 8)[0]);
        var refusal = Assert.Throws<InvalidOperationException>(() => memory.Span.Length);
        Assert.Contains("GetSpan", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_may_lie_at_any_alignment_up_to_the_last_byte()
    {
        using var memory = GuestMemory.Allocate(0x1000);

        memory.Write(0xFF8, 0x0102_0304_0506_0708ul);
        memory.Write(0x123, 0xA0B0_C0D0u);

        Assert.Equal(0x0102_0304_0506_0708ul, memory.Read<ulong>(0xFF8));
        Assert.Equal(0x01, memory.Read<byte>(0xFFF));
        Assert.Equal(0xA0B0_C0D0u, memory.Read<uint>(0x123));
        Assert.Equal((ushort)0xC0D0, memory.Read<ushort>(0x123));
    }

    [Theory]
    [InlineData(0x1000)]
    [InlineData(0xFFF)]
    [InlineData(0xFF9)]
    [InlineData(ulong.MaxValue)]
    [InlineData(ulong.MaxValue - 7)]
    [InlineData(0x8000_0000_0000_0000)]
    public void Access_beyond_the_end_is_refused_and_writes_nothing(ulong offset)
    {
        using var memory = GuestMemory.Allocate(0x1000);
        var bytes = new byte[8];
        bytes.AsSpan().Fill(0xFF);

        foreach (
            var access in new Action[]
            {
                () => memory.Read<ulong>(offset),
                () => memory.Write(offset, ulong.MaxValue),
                () => memory.Read(offset, bytes.AsSpan()),
                () => memory.Write(offset, bytes.AsSpan()),
                () => memory.GetSpan(offset, 8),
            }
        )
        {
            var refusal = Assert.Throws<ArgumentOutOfRangeException>(access);
            Assert.Equal("offset", refusal.ParamName);
            Assert.Contains($"0x{offset:X}", refusal.Message, StringComparison.Ordinal);
            Assert.Contains("0x1000", refusal.Message, StringComparison.Ordinal);
        }
        Assert.False(memory.Span.ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void Range_of_no_bytes_may_begin_at_the_end_but_not_beyond()
    {
        using var memory = GuestMemory.Allocate(0x1000);

        Assert.True(memory.GetSpan(0x1000, 0).IsEmpty);
        memory.Read(0x1000, default);
        Assert.Throws<ArgumentOutOfRangeException>(() => memory.GetSpan(0x1001, 0).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => memory.GetSpan(0, -1).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => memory.GetSpan(ulong.MaxValue, int.MinValue).Length);
    }
}
