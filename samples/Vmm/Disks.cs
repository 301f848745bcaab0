using System;
using System.Collections.Generic;
using VmcsGen.Vmm;

namespace VmmSample;

/// <summary>The disks of the command line.</summary>
internal sealed class Disks : IDisposable
{
    private readonly List<VirtioBlock> _all = [];

    public Disks(IEnumerable<string> paths)
    {
        try
        {
            foreach (var path in paths)
                _all.Add(new VirtioBlock(path));
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
}
