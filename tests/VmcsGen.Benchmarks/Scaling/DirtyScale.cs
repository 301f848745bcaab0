using System;
using System.Diagnostics;
using VmcsGen.Kvm;

namespace VmcsGen.Benchmarks;

/// <summary>What it costs to know the dirty pages of much memory. Nobody touches the memory: it exists as addresses only.</summary>
internal static class DirtyScale
{
    private const ulong MiB = 1 << 20;
    private const ulong Dirty = 512;

    public static void Print(Action<ScaleTable> show)
    {
        var table = new ScaleTable(
            "dirty",
            "Dirty tracking of sparse guest memory",
            "MiB",
            "map us",
            "log us",
            "scan clean us",
            "scan 512 us",
            "bitmap KiB",
            "unmap us"
        );
        using var host = KvmHost.Open();
        for (var i = 0; i < 100; i++)
            Measure(host, 64 * MiB); // Until the JIT has done its best.
        for (var size = 64 * MiB; size <= 64 * 1024 * MiB; size *= 4)
            table.Add(size / MiB, Measure(host, size));
        show(table);
    }

    private static double[] Measure(KvmHost host, ulong size)
    {
        using var vm = host.CreateVm();
        using var memory = GuestMemory.Allocate(size);
        MemorySlot slot = null!;
        var mapping = Best(1, () => slot = vm.MapMemory(0, memory, KvmMemoryRegionFlags.LogDirtyPages));
        var bitmap = new DirtyBitmap(slot);
        var log = Best(20, () => vm.GetDirtyLog(bitmap));
        ulong sum = 0;
        var clean = Best(20, () => sum += Sum(bitmap));
        for (var i = 0ul; i < Dirty; i++)
            bitmap[i * (bitmap.PageCount / Dirty)] = true;
        var dirty = Best(20, () => sum += Sum(bitmap));
        if (sum == 0)
            throw new InvalidOperationException("No page is dirty.");
        var unmapping = Best(1, slot.Unmap);
        return [mapping, log, clean, dirty, bitmap.Words.Length * 8 / 1024.0, unmapping];
    }

    private static ulong Sum(DirtyBitmap bitmap)
    {
        ulong sum = 0;
        foreach (var page in bitmap)
            sum += page;
        return sum;
    }

    private static double Best(int times, Action action)
    {
        var best = double.MaxValue;
        for (var i = 0; i < times; i++)
        {
            var begin = Stopwatch.GetTimestamp();
            action();
            best = Math.Min(best, Stopwatch.GetElapsedTime(begin).TotalMicroseconds);
        }
        return best;
    }
}
