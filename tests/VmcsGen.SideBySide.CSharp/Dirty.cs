using System;
using VmcsGen.Kvm;

namespace VmcsGen.SideBySide;

// Which pages the guest wrote, of 1 GiB, as dirty.h has it. It writes 512 pages, each in a large page of its own.

internal sealed class PageWriter
{
    public const int DirtyPages = 512;
    public const int RingEntries = 4096;

    private readonly Machine _machine;

    public PageWriter(bool withRing)
    {
        MemorySlot? slot = null;
        _machine = Machine.Create(
            "page_writes",
            cpl: 3,
            DirtyPages,
            vm =>
            {
                if (withRing)
                    vm.EnableDirtyRing(RingEntries);
                slot = vm.MapMemory(Machine.WindowAddress, GuestMemory.Allocate(Machine.WindowSize), KvmMemoryRegionFlags.LogDirtyPages);
            }
        );
        Slot = slot!;
    }

    public KvmVm Vm => _machine.Vm;

    public KvmVcpu Vcpu => _machine.Vcpu;

    public MemorySlot Slot { get; }

    public void WritePages() => _machine.RunToPort(Machine.EndPort);
}

internal sealed class CleanDirtyLog : RepeatedOperation
{
    private readonly PageWriter _writer = new(withRing: false);
    private readonly DirtyBitmap _bitmap;

    public CleanDirtyLog() => _bitmap = new DirtyBitmap(_writer.Slot);

    protected override void Repeat(int count)
    {
        for (var i = 0; i < count; i++)
            _writer.Vm.GetDirtyLog(_bitmap);
        Use(_bitmap.Words[0]);
    }
}

internal sealed class DirtyLog : Operation
{
    private readonly PageWriter _writer = new(withRing: false);
    private readonly DirtyBitmap _bitmap;

    public DirtyLog() => _bitmap = new DirtyBitmap(_writer.Slot);

    public override long Measure(int count)
    {
        long elapsed = 0;
        for (var i = 0; i < count; i++)
        {
            _writer.WritePages();
            var begin = Now();
            _writer.Vm.GetDirtyLog(_bitmap);
            elapsed += Now() - begin;
            if (_bitmap.Words[8] != 1)
                throw new InvalidOperationException("The dirty log lacks pages.");
        }
        return elapsed;
    }
}

internal sealed class DirtyRingHarvest : Operation
{
    private readonly PageWriter _writer = new(withRing: true);
    private readonly DirtyRing _ring;
    private readonly DirtyPage[] _pages = new DirtyPage[PageWriter.DirtyPages];

    public DirtyRingHarvest() => _ring = _writer.Vcpu.MapDirtyRing();

    public override long Measure(int count)
    {
        long elapsed = 0;
        for (var i = 0; i < count; i++)
        {
            _writer.WritePages();
            var begin = Now();
            var harvested = _ring.Harvest(_pages);
            _writer.Vm.ResetDirtyRings();
            elapsed += Now() - begin;
            if (harvested != _pages.Length)
                throw new InvalidOperationException($"{harvested} pages harvested instead of {_pages.Length}.");
        }
        Use(_pages[^1].Page);
        return elapsed;
    }
}
