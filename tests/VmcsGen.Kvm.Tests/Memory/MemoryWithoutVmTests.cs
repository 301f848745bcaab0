using System;
using System.Runtime.CompilerServices;
using Xunit;

namespace VmcsGen.Kvm.Tests.Memory;

/// <summary>Guest memory that no VM has: as a VM's with one slot, and no KVM is needed.</summary>
public class MemoryWithoutVmTests
{
    private const ulong Start = 0x1_2345_6000_0000;

    [Fact]
    public void Memory_begins_at_its_address_and_everything_else_is_a_hole()
    {
        using var memory = GuestMemory.Allocate(0x2000);
        var seen = GuestPhysicalMemory.WithoutVm(Start, memory);
        seen.Write(Start + 0x1FFC, 7);
        Assert.Equal(7, memory.Read<int>(0x1FFC));
        Assert.True(seen.TryCreateView(Start, 0x2000, out var view));
        Assert.Equal(7, view.Read<int>(0x1FFC));
        Assert.Equal(7, seen.CompareExchange(Start + 0x1FFC, 8, 7));
        Assert.Equal(8, memory.Read<int>(0x1FFC));
        foreach (var hole in (ulong[])[0, Start - 1, Start + 0x1FFD, Start + 0x2000, ulong.MaxValue])
            Assert.Throws<GuestMemoryException>(() => seen.Read<int>(hole));
        Assert.Throws<GuestMemoryException>(() => seen.Write(Start + 0x1000, new byte[0x1001]));
        Assert.False(seen.TryCreateView(Start, 0x2001, out _));
    }

    [Theory]
    [InlineData(0x800)]
    [InlineData(0xFFFF_FFFF_FFFF_F000)]
    public void Place_that_no_slot_may_have_is_refused(ulong address)
    {
        using var memory = GuestMemory.Allocate(0x2000);
        Assert.Throws<ArgumentException>(() => GuestPhysicalMemory.WithoutVm(address, memory));
    }

    [Fact]
    public void Memory_outlasts_its_disposal_while_it_is_referred_to()
    {
        var seen = OverDisposed();
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        seen.Write(Start, 5);
        Assert.Equal(5, seen.Read<int>(Start));
    }

    [Fact]
    public void Memory_that_was_disposed_of_before_is_refused()
    {
        var memory = GuestMemory.Allocate(0x1000);
        memory.Dispose();
        Assert.Throws<ObjectDisposedException>(() => GuestPhysicalMemory.WithoutVm(0, memory));
    }

    // Of its own, so that nothing else on the stack refers to the memory.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static GuestPhysicalMemory OverDisposed()
    {
        using var memory = GuestMemory.Allocate(0x1000);
        return GuestPhysicalMemory.WithoutVm(Start, memory);
    }
}
