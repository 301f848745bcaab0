using System;
using System.Collections.Generic;
using VmcsGen.Vmm;

namespace VmmSample;

/// <summary>The disks of the command line.</summary>
internal sealed class Disks : IDisposable
{
    private readonly List<VirtioBlock> _all = [];

    public Disks(IEnumerable<DiskOption> options)
    {
        try
        {
            foreach (var option in options)
                _all.Add(option.Overlay is { } overlay ? Open(option.Path, overlay) : new VirtioBlock(option.Path));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public IReadOnlyList<VirtioBlock> All => _all;

    public void Dispose()
    {
        foreach (var disk in _all)
            disk.Dispose();
    }

    private static VirtioBlock Open(string path, string overlay)
    {
        FileDisk disk = new(path, isReadOnly: true);
        try
        {
            return new(OverlayDisk.Open(disk, overlay));
        }
        catch
        {
            disk.Dispose();
            throw;
        }
    }
}
