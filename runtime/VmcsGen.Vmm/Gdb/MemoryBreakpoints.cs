using System;
using System.Collections.Generic;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>
/// Breakpoints in the guest's code. They lie at guest physical addresses, so that they stay where they are when page tables change, and are
/// hidden from the debugger's reads and writes.
/// </summary>
/// <remarks>
/// Where the host's KVM does not stop at INT3, an OUT to a port that nothing has ends the guest's run as well. It may be executed at CPL 0
/// alone, and so stands in the half of the addresses that is the kernel's, not in that of programs. Of an instruction of one byte it
/// covers the next one's first byte too, which matters only to code that jumps there.
/// </remarks>
internal sealed class MemoryBreakpoints(GuestPhysicalMemory memory, bool stopsAtInt3)
{
    /// <summary>The port of the OUT.</summary>
    internal const ushort Port = 0xEB;

    private static readonly byte[] s_int3 = [0xCC];
    private static readonly byte[] s_out = [0xE6, (byte)Port]; // OUT imm8, AL

    private readonly Dictionary<ulong, ulong> _physical = []; // By linear address.
    private readonly HashSet<ulong> _withoutInstruction = []; // Linear addresses.
    private readonly Dictionary<ulong, (byte Original, byte Written)> _bytes = []; // By physical address.

    internal int Count => _physical.Count;

    /// <summary>Bytes of the instruction that is written.</summary>
    internal ulong InstructionLength => (ulong)(stopsAtInt3 ? s_int3 : s_out).Length;

    /// <summary>Whether there are some at which the guest does not stop by itself.</summary>
    internal bool NeedSteps => _withoutInstruction.Count > 0;

    internal bool Contains(ulong address) => _physical.ContainsKey(address);

    /// <summary>Whether the guest stops there by itself.</summary>
    internal bool StopAt(ulong address) => Contains(address) && !_withoutInstruction.Contains(address);

    /// <summary>Adds one; false if no memory is there.</summary>
    internal bool TryAdd(KvmVcpu vcpu, ulong address)
    {
        if (_physical.ContainsKey(address))
            return true;
        if (!vcpu.TryTranslate(address, out var physical))
            return false;
        try
        {
            if (!HasInstruction(physical) && !TryWrite(address, physical))
                _withoutInstruction.Add(address);
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
        _withoutInstruction.Remove(address);
        if (!_physical.Remove(address, out var physical) || HasInstruction(physical))
            return;
        for (ulong i = 0; i < InstructionLength; i++)
            Restore(physical + i);
    }

    internal void Clear()
    {
        _physical.Clear();
        _withoutInstruction.Clear();
        foreach (var physical in new List<ulong>(_bytes.Keys))
            Restore(physical);
    }

    /// <summary>Reads what the guest would have without breakpoints, within one page.</summary>
    internal void Read(ulong physical, Span<byte> destination)
    {
        memory.Read(physical, destination);
        foreach (var (at, value) in _bytes)
        {
            if (at - physical < (ulong)destination.Length)
                destination[(int)(at - physical)] = value.Original;
        }
    }

    /// <summary>Writes what the guest is to have without breakpoints, within one page.</summary>
    internal void Write(ulong physical, Span<byte> source)
    {
        foreach (var at in new List<ulong>(_bytes.Keys))
        {
            if (at - physical >= (ulong)source.Length)
                continue;
            var place = (int)(at - physical);
            _bytes[at] = _bytes[at] with { Original = source[place] };
            source[place] = _bytes[at].Written;
        }
        memory.Write(physical, source);
    }

    /// <summary>Whether a breakpoint of this or another linear address is written there.</summary>
    private bool HasInstruction(ulong physical)
    {
        foreach (var (address, at) in _physical)
        {
            if (at == physical && StopAt(address))
                return true;
        }
        return false;
    }

    /// <summary>Writes the instruction; false if none stops the guest there.</summary>
    private bool TryWrite(ulong address, ulong physical)
    {
        var isKernel = (long)address < 0;
        var instruction = stopsAtInt3 ? s_int3 : s_out;
        if (!stopsAtInt3 && !isKernel || physical % GuestMemory.PageSize + InstructionLength > GuestMemory.PageSize)
            return false;
        for (ulong i = 0; i < InstructionLength; i++)
        {
            if (_bytes.ContainsKey(physical + i))
                return false; // Another one's.
        }
        for (ulong i = 0; i < InstructionLength; i++)
        {
            _bytes.Add(physical + i, (memory.Read<byte>(physical + i), instruction[i]));
            memory.Write(physical + i, instruction[i]);
        }
        return true;
    }

    private void Restore(ulong physical)
    {
        if (!_bytes.Remove(physical, out var value))
            return;
        try
        {
            // The guest may have written something else there meanwhile, which then is the code.
            if (memory.Read<byte>(physical) == value.Written)
                memory.Write(physical, value.Original);
        }
        catch (GuestMemoryException)
        {
            // Its memory is gone, and the breakpoint with it.
        }
    }
}
