using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Kvm.Tests.Testing;
using VmcsGen.Vmx.Software;
using Xunit;

namespace VmcsGen.Kvm.Tests.Memory;

/// <summary>vm.Memory over slots at 0x1000-0x2FFF and 0x3000-0x3FFF, which are neighbours, and 0x5000-0x5FFF behind a hole.</summary>
public sealed class PhysicalMemoryTests : IDisposable
{
    private readonly KvmHost _host;
    private readonly KvmVm _vm;
    private readonly GuestMemory _first = GuestMemory.Allocate(0x2000);
    private readonly GuestMemory _second = GuestMemory.Allocate(0x1000);
    private readonly GuestMemory _third = GuestMemory.Allocate(0x1000);

    public PhysicalMemoryTests()
    {
        _host = TestHost.Open();
        _vm = _host.CreateVm();
        _vm.MapMemory(0x5000, _third);
        _vm.MapMemory(0x1000, _first);
        _vm.MapMemory(0x3000, _second);
    }

    public void Dispose()
    {
        _vm.Dispose();
        _host.Dispose();
        _first.Dispose();
        _second.Dispose();
        _third.Dispose();
    }

    [Fact]
    public void Address_is_found_in_its_slot()
    {
        _vm.Memory.Write(0x1000, 1);
        _vm.Memory.Write(0x2FFC, 2);
        _vm.Memory.Write(0x3000, 3);
        _vm.Memory.Write(0x5FFC, 4);

        Assert.Equal(1, _first.Read<int>(0));
        Assert.Equal(2, _first.Read<int>(0x1FFC));
        Assert.Equal(3, _second.Read<int>(0));
        Assert.Equal(4, _third.Read<int>(0xFFC));
        Assert.Equal(3, _vm.Memory.Read<int>(0x3000));
    }

    [Fact]
    public void Value_may_lie_across_two_slots()
    {
        _vm.Memory.Write(0x2FFD, 0x1122_3344_5566_7788);

        Assert.Equal([0x88, 0x77, 0x66], _first.GetSpan(0x1FFD, 3).ToArray());
        Assert.Equal([0x55, 0x44, 0x33, 0x22, 0x11], _second.GetSpan(0, 5).ToArray());
        Assert.Equal(0x1122_3344_5566_7788, _vm.Memory.Read<long>(0x2FFD));
    }

    [Fact]
    public void Bytes_may_lie_across_two_slots()
    {
        var bytes = new byte[0x3000];
        new Random(1).NextBytes(bytes);

        _vm.Memory.Write(0x1000, bytes);

        Assert.Equal(bytes[..0x2000], _first.Span.ToArray());
        Assert.Equal(bytes[0x2000..], _second.Span.ToArray());
        var back = new byte[0x3000];
        _vm.Memory.Read(0x1000, back.AsSpan());
        Assert.Equal(bytes, back);
    }

    [Theory]
    [InlineData(0x0FFF, 1, 0x0FFF)] // Before the first slot.
    [InlineData(0x0FFF, 8, 0x0FFF)] // Begins before it.
    [InlineData(0x3FFD, 4, 0x4000)] // Runs into the hole.
    [InlineData(0x2FFF, 0x1100, 0x4000)] // Runs through two slots into it.
    [InlineData(0x4000, 1, 0x4000)] // Within it.
    [InlineData(0x4800, 0x1000, 0x4800)] // Begins within it and ends in a slot.
    [InlineData(0x5FFF, 2, 0x6000)] // Behind the last slot.
    [InlineData(ulong.MaxValue, 1, ulong.MaxValue)]
    [InlineData(ulong.MaxValue - 1, 8, ulong.MaxValue - 1)] // Would wrap around.
    public void Hole_is_reported_where_it_begins_and_nothing_is_written(ulong address, int length, ulong hole)
    {
        var bytes = Enumerable.Repeat((byte)0xFF, length).ToArray();

        foreach (var access in new Action[] { () => _vm.Memory.Write(address, bytes), () => _vm.Memory.Read(address, bytes.AsSpan()) })
        {
            var refusal = Assert.Throws<GuestMemoryException>(access);
            Assert.Equal(address, refusal.GuestPhysicalAddress);
            Assert.Equal(length, refusal.Length);
            Assert.Equal(hole, refusal.HoleAddress);
            Assert.Contains($"0x{hole:X}", refusal.Message, StringComparison.Ordinal);
        }
        Assert.False(_vm.Memory.TryGetSpan(address, length, out var span));
        Assert.True(span.IsEmpty);
        foreach (var memory in new[] { _first, _second, _third })
            Assert.False(memory.Span.ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void Value_in_or_across_a_hole_is_refused()
    {
        Assert.Equal(0x4000u, Assert.Throws<GuestMemoryException>(() => _vm.Memory.Read<ulong>(0x3FFC)).HoleAddress);
        Assert.Equal(0x4000u, Assert.Throws<GuestMemoryException>(() => _vm.Memory.Write(0x3FFC, ulong.MaxValue)).HoleAddress);
        Assert.Equal(ulong.MaxValue, Assert.Throws<GuestMemoryException>(() => _vm.Memory.Read<byte>(ulong.MaxValue)).HoleAddress);
        Assert.Equal(0, _second.Read<int>(0xFFC));
    }

    [Fact]
    public void Access_of_no_bytes_is_good_anywhere()
    {
        _vm.Memory.Read(0x4000, default(Span<byte>));
        _vm.Memory.Write(ulong.MaxValue, default(ReadOnlySpan<byte>));
    }

    [Fact]
    public void Span_is_the_memory_itself_and_ends_with_its_slot()
    {
        Assert.True(_vm.Memory.TryGetSpan(0x2FFE, 2, out var span));
        span[1] = 0x5A;

        Assert.Equal(0x5A, _first.Read<byte>(0x1FFF));
        Assert.False(_vm.Memory.TryGetSpan(0x2FFE, 3, out _));
        Assert.True(_vm.Memory.TryGetSpan(0x1000, 0x2000, out span));
        Assert.Equal(0x2000, span.Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => _vm.Memory.TryGetSpan(0x1000, -1, out _));
    }

    [Fact]
    public void Spans_are_the_memory_itself_one_for_each_slot()
    {
        var lengths = new List<int>();
        foreach (var span in _vm.Memory.GetSpans(0x1800, 0x2400))
        {
            lengths.Add(span.Length);
            span.Fill(0x77);
        }

        Assert.Equal([0x1800, 0xC00], lengths);
        Assert.False(_first.GetSpan(0, 0x800).ContainsAnyExcept((byte)0));
        Assert.False(_first.GetSpan(0x800, 0x1800).ContainsAnyExcept((byte)0x77));
        Assert.False(_second.GetSpan(0, 0xC00).ContainsAnyExcept((byte)0x77));
        Assert.False(_second.GetSpan(0xC00, 0x400).ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void Spans_of_no_bytes_are_none_and_those_across_a_hole_are_refused_before_the_first()
    {
        foreach (var span in _vm.Memory.GetSpans(0x4000, 0))
            Assert.Fail($"There is a span of {span.Length} bytes.");

        var refusal = Assert.Throws<GuestMemoryException>(() => _vm.Memory.GetSpans(0x2000, 0x4000).GetEnumerator());
        Assert.Equal(0x4000u, refusal.HoleAddress);
        Assert.Throws<ArgumentOutOfRangeException>(() => _vm.Memory.GetSpans(0x1000, -1).GetEnumerator());
        _vm.Dispose();
        Assert.Throws<ObjectDisposedException>(() => _vm.Memory.GetSpans(0x1000, 1).GetEnumerator());
    }

    [Fact]
    public void Slots_that_go_leave_a_hole()
    {
        _vm.Memory.Write(0x5000, 7);
        using (var slot = _vm.MapMemory(0x4000, _second))
            Assert.Equal(0, _vm.Memory.Read<int>(0x4FFC));

        Assert.Throws<GuestMemoryException>(() => _vm.Memory.Read<int>(0x4FFC));
        Assert.Equal(7, _vm.Memory.Read<int>(0x5000));
    }
}
