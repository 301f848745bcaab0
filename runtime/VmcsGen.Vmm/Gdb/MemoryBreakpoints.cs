using System;
using System.Collections.Generic;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>
/// Breakpoints in the guest's code. They lie at guest physical addresses, so that they stay where they are when page tables change, and are
/// hidden from the debugger's reads and writes.
/// </summary>
internal sealed class MemoryBreakpoints(GuestPhysicalMemory memory, bool writesInt3)
{
    private const byte Int3 = 0xCC;

    private readonly Dictionary<ulong, ulong> _physical = []; // By linear address.
    private readonly Dictionary<ulong, byte> _originals = []; // By physical address.

    internal int Count => _physical.Count;

    internal bool Contains(ulong address) => _physical.ContainsKey(address);

    /// <summary>Adds one; false if no memory is there.</summary>
    internal bool TryAdd(KvmVcpu vcpu, ulong address)
    {
        if (_physical.ContainsKey(address))
            return true;
        if (!vcpu.TryTranslate(address, out var physical))
            return false;
        try
        {
            if (writesInt3 && _originals.TryAdd(physical, memory.Read<byte>(physical)))
                memory.Write(physical, Int3);
        }
        catch (GuestMemoryException)
        {
            return false;
        }
        _physical.Add(address, physical);
        return true;
    }

    internal void Remove(ulong address)
    {
        if (_physical.Remove(address, out var physical) && !_physical.ContainsValue(physical))
            Restore(physical);
    }

    internal void Clear()
    {
        _physical.Clear();
        foreach (var physical in new List<ulong>(_originals.Keys))
            Restore(physical);
    }

    /// <summary>Reads what the guest would have without breakpoints, within one page.</summary>
    internal void Read(ulong physical, Span<byte> destination)
    {
        memory.Read(physical, destination);
        foreach (var (at, original) in _originals)
        {
            if (at - physical < (ulong)destination.Length)
                destination[(int)(at - physical)] = original;
        }
    }

    /// <summary>Writes what the guest is to have without breakpoints, within one page.</summary>
    internal void Write(ulong physical, Span<byte> source)
    {
        foreach (var at in new List<ulong>(_originals.Keys))
        {
            if (at - physical >= (ulong)source.Length)
                continue;
            _originals[at] = source[(int)(at - physical)];
            source[(int)(at - physical)] = Int3;
        }
        memory.Write(physical, source);
    }

    private void Restore(ulong physical)
    {
        if (!_originals.Remove(physical, out var original))
            return;
        try
        {
            // The guest may have written something else there meanwhile, which then is the code.
            if (memory.Read<byte>(physical) == Int3)
                memory.Write(physical, original);
        }
        catch (GuestMemoryException)
        {
            // Its memory is gone, and the breakpoint with it.
        }
    }
}
