using System;
using System.Collections.Generic;
using System.Linq;
using DirtyPagesSample;
using VmcsGen.Kvm;

// A guest writes to some pages of its memory, stops, and writes to some more. Which ones, KVM tells by a dirty log or by dirty rings.
if (!KvmHost.TryOpen(out var host, out var unavailable))
{
    Console.WriteLine($"No guest can run here: {unavailable.Message}\n{unavailable.Remedy}");
    return 0;
}

using (host)
{
    var isRight = Show("by the dirty log", FindByLog(host));
    if (host.Has(KvmCapability.DirtyLogRingAcqRel) || host.Has(KvmCapability.DirtyLogRing))
        isRight &= Show("by the vCPU's dirty ring", FindByRing(host));
    else
        Console.WriteLine("This KVM has no dirty rings.");
    return isRight ? 0 : 1;
}

static IEnumerable<List<ulong>> FindByLog(KvmHost host)
{
    using var vm = host.CreateVm();
    using var guest = new WritingGuest(vm);
    var dirty = new DirtyBitmap(guest.Watched); // Made once, filled again and again.

    while (guest.RunToNextStop())
    {
        List<ulong> pages = [];
        vm.GetDirtyLog(dirty); // Reads and clears.
        foreach (var page in dirty)
            pages.Add(page);
        yield return pages;
    }
}

static IEnumerable<List<ulong>> FindByRing(KvmHost host)
{
    using var vm = host.CreateVm();
    vm.EnableDirtyRing(1024); // Before there is a vCPU.
    using var guest = new WritingGuest(vm);
    using var ring = guest.Vcpu.MapDirtyRing();
    var entries = new DirtyPage[64];

    while (guest.RunToNextStop())
    {
        List<ulong> pages = [];
        int count;
        while ((count = ring.Harvest(entries)) > 0)
            pages.AddRange(entries.Take(count).Where(entry => entry.Slot == guest.Watched.Number).Select(entry => entry.Page));
        vm.ResetDirtyRings(); // From here on the pages are tracked again.
        pages.Sort();
        yield return pages;
    }
}

static bool Show(string how, IEnumerable<List<ulong>> stops)
{
    Console.WriteLine($"Pages that the guest wrote, {how}:");
    var isRight = true;
    foreach (var (pages, expected) in stops.Zip(WritingGuest.Writes))
    {
        var isAsExpected = pages.SequenceEqual(expected.Select(page => (ulong)page).Order());
        var found = pages.Count == 0 ? "none" : string.Join(", ", pages);
        Console.WriteLine($"  {found}; {(isAsExpected ? "right" : $"WRONG, it wrote {string.Join(", ", expected)}")}");
        isRight &= isAsExpected;
    }
    return isRight;
}
