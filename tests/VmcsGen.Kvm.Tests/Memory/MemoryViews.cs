using System;
using System.Runtime.CompilerServices;
using System.Threading;
using VmcsGen.Kvm.Tests.Lifetime;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Memory;

/// <summary>Views that keep memory, and accesses in an order that others can rely on.</summary>
public class MemoryViews
{
    private const ulong Size = 0x1000_0000;

    [Fact]
    public void View_is_the_memory_itself_from_its_offset_on()
    {
        using var memory = GuestMemory.Allocate(0x2000);
        var view = memory.CreateView(0x1000, 0x100);

        view.Write(4, 0x1122_3344);
        memory.Write(0x1010, [1, 2, 3, 4]);
        var bytes = new byte[4];
        view.Read(0x10, bytes);
        view.Write(0xFC, [9, 8, 7, 6]);

        Assert.Equal(0x1122_3344, memory.Read<int>(0x1004));
        Assert.Equal([1, 2, 3, 4], bytes);
        Assert.Equal(0x0607_0809, memory.Read<int>(0x10FC));
        Assert.Equal(0x100u, view.Length);
    }

    [Theory]
    [InlineData(0xFD)]
    [InlineData(0x100)]
    [InlineData(ulong.MaxValue)]
    [InlineData(ulong.MaxValue - 3)]
    public void Nothing_beyond_the_view_is_reached(ulong offset)
    {
        using var memory = GuestMemory.Allocate(0x2000);
        var view = memory.CreateView(0x1000, 0x100);

        Assert.Throws<ArgumentOutOfRangeException>(() => view.Read<int>(offset));
        Assert.Throws<ArgumentOutOfRangeException>(() => view.Write(offset, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => view.Read(offset, new byte[4]));
        Assert.Throws<ArgumentOutOfRangeException>(() => view.Write(offset, new byte[4]));
        Assert.Throws<ArgumentOutOfRangeException>(() => view.ReadAcquire<int>(offset));
        Assert.Throws<ArgumentOutOfRangeException>(() => view.WriteRelease(offset, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => view.CompareExchange(offset, 1, 0));
    }

    [Theory]
    [InlineData(0x2000, 1)]
    [InlineData(0x1FFF, 2)]
    [InlineData(0, 0x2001)]
    [InlineData(1, ulong.MaxValue)]
    public void View_beyond_the_memory_is_refused(ulong offset, ulong length)
    {
        using var memory = GuestMemory.Allocate(0x2000);

        Assert.Throws<ArgumentOutOfRangeException>(() => memory.CreateView(offset, length));
    }

    [Fact]
    public void View_keeps_memory_that_was_disposed_of_until_it_is_forgotten()
    {
        var memory = GuestMemory.Allocate(Size);
        var address = KvmResources.AddressOf(memory);

        UseAfterDispose(memory, address);
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(KvmResources.IsMapped(address, Size));
        Assert.Throws<ObjectDisposedException>(() => memory.CreateView(0, 1));
    }

    [Fact]
    public void Atomic_accesses_are_those_of_every_size()
    {
        using var memory = GuestMemory.Allocate(0x1000);
        var view = memory.CreateView(0, 0x1000);
        AssertAtomic<byte>(view, 0x11, 0x12, 0x13);
        AssertAtomic<ushort>(view, 0x1111, 0x1112, 0x1113);
        AssertAtomic<uint>(view, 0x1111_1111, 0x1111_1112, 0x1111_1113);
        AssertAtomic<ulong>(view, 0x1111_1111_1111_1111, 0x1111_1111_1111_1112, 0x1111_1111_1111_1113);
        AssertAtomic(view, KvmExitReason.Io, KvmExitReason.Hlt, KvmExitReason.Mmio);

        var refusal = Assert.Throws<ArgumentException>(() => view.ReadAcquire<int>(2));
        Assert.Contains("multiple of its 4 bytes", refusal.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => view.WriteRelease(1, (ushort)1));
        Assert.Throws<ArgumentException>(() => view.CompareExchange(4, 1ul, 0ul));
        Assert.Contains("has 16", Assert.Throws<ArgumentException>(() => view.ReadAcquire<Int128>(0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Threads_that_count_by_compare_exchange_lose_nothing()
    {
        using var memory = GuestMemory.Allocate(0x1000);
        var view = memory.CreateView(0x800, 8);
        var workers = Array.ConvertAll(
            new int[3],
            _ => new Worker(() =>
            {
                for (var i = 0; i < 20_000; i++)
                {
                    uint seen;
                    do seen = view.ReadAcquire<uint>(4);
                    while (view.CompareExchange(4, seen + 1, seen) != seen);
                }
            })
        );
        Array.ForEach(workers, static worker => worker.Finish());

        Assert.Equal(60_000u, memory.Read<uint>(0x804));
    }

    [Fact]
    public void What_was_written_before_a_release_is_seen_after_an_acquire()
    {
        using var memory = GuestMemory.Allocate(0x2000);
        var view = memory.CreateView(0, 0x2000);
        var reader = new Worker(() =>
        {
            for (var i = 1u; i <= 20_000; i++)
            {
                while (view.ReadAcquire<uint>(0) < i)
                    Thread.SpinWait(1);
                Assert.True(view.Read<uint>(0x1000) >= i);
            }
        });
        for (var i = 1u; i <= 20_000; i++)
        {
            view.Write(0x1000, i);
            view.WriteRelease(0, i);
        }
        reader.Finish();
    }

    [Fact]
    public void View_and_atomic_accesses_by_guest_physical_address()
    {
        using var host = TestHost.Open();
        using var vm = host.CreateVm();
        using var low = GuestMemory.Allocate(0x1000);
        using var high = GuestMemory.Allocate(0x1000);
        vm.MapMemory(0x1_0000, low);
        var slot = vm.MapMemory(0x1_1000, high);

        Assert.True(vm.Memory.TryCreateView(0x1_1800, 0x800, out var view));
        Assert.False(vm.Memory.TryCreateView(0x1_1801, 0x800, out _));
        Assert.False(vm.Memory.TryCreateView(0x1_0FFF, 2, out _));
        Assert.False(vm.Memory.TryCreateView(0xFFFF, 1, out _));
        vm.Memory.WriteRelease(0x1_1800, 5ul);
        Assert.Equal(5ul, view.ReadAcquire<ulong>(0));
        Assert.Equal(5ul, vm.Memory.CompareExchange(0x1_1800, 6ul, 5ul));
        Assert.Equal(6ul, vm.Memory.ReadAcquire<ulong>(0x1_1800));
        Assert.Throws<ArgumentException>(() => vm.Memory.ReadAcquire<ulong>(0x1_0FFC));
        Assert.Equal(0x2_0000ul, Assert.Throws<GuestMemoryException>(() => vm.Memory.ReadAcquire<ulong>(0x2_0000)).HoleAddress);

        slot.Unmap();
        high.Dispose();
        view.Write(0, 7ul);
        Assert.Equal(7ul, view.Read<ulong>(0));
    }

    private static void AssertAtomic<T>(GuestMemoryView view, T first, T second, T third)
        where T : unmanaged
    {
        view.WriteRelease(0x40, first);
        Assert.Equal(first, view.ReadAcquire<T>(0x40));
        Assert.Equal(first, view.CompareExchange(0x40, third, second));
        Assert.Equal(first, view.Read<T>(0x40));
        Assert.Equal(first, view.CompareExchange(0x40, second, first));
        Assert.Equal(second, view.Read<T>(0x40));
        view.Write(0x40, 0ul);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void UseAfterDispose(GuestMemory memory, ulong address)
    {
        memory.Span[0] = 1;
        var view = memory.CreateView(0, Size);
        memory.Dispose();
        view.Write(Size - 4, 5);
        Assert.Equal(5, view.Read<int>(Size - 4));
        Assert.True(KvmResources.IsMapped(address, Size));
        GC.KeepAlive(view);
    }
}
