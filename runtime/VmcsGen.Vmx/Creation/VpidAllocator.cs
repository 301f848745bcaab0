using System;
using System.Collections.Generic;

namespace VmcsGen.Vmx.Creation;

/// <summary>
/// Hands out virtual-processor identifiers, 1 to FFFFH. VPID 0 is the hypervisor's own (SDM 3C 29.1). All vCPUs of a processor
/// take theirs from the same allocator.
/// </summary>
public sealed class VpidAllocator
{
    private readonly SortedSet<ushort> _returned = [];
    private readonly HashSet<ushort> _allocated = [];
    private int _next = 1;

    /// <summary>VPIDs that are in use.</summary>
    public int AllocatedCount => _allocated.Count;

    /// <summary>Takes a VPID.</summary>
    /// <exception cref="InvalidOperationException">All 65535 are in use.</exception>
    public ushort Allocate()
    {
        ushort vpid;
        if (_returned.Count != 0)
        {
            vpid = _returned.Min;
            _returned.Remove(vpid);
        }
        else
        {
            if (_next > ushort.MaxValue)
                throw new InvalidOperationException("All 65535 VPIDs are in use.");
            vpid = (ushort)_next++;
        }
        _allocated.Add(vpid);
        return vpid;
    }

    /// <summary>Gives a VPID back. Translations that are cached for it must have been dropped by INVVPID.</summary>
    /// <param name="vpid">The VPID.</param>
    /// <exception cref="ArgumentException">It is not in use.</exception>
    public void Free(ushort vpid)
    {
        if (!_allocated.Remove(vpid))
            throw new ArgumentException($"VPID {vpid} is not in use.", nameof(vpid));
        _returned.Add(vpid);
    }
}
