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
/// alone, and so stands in the half of the addresses that is the kernel's, not in that of programs; and instead of instructions that are no
/// shorter, because a vCPU that has stepped over a shorter one stands in its middle.
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
        if (!stopsAtInt3 && (!isKernel || IsOneByte(memory.Read<byte>(physical))))
            return false;
        if (physical % GuestMemory.PageSize + InstructionLength > GuestMemory.PageSize)
            return false; // The rest may be anywhere.
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

    // What has neither ModR/M nor an immediate in 64-bit mode. Source: SDM 2D, table A-2.
    private static bool IsOneByte(byte code) =>
        code
            is (>= 0x50 and <= 0x5F) // PUSH, POP
                or (>= 0x90 and <= 0x99) // NOP, XCHG, CWDE, CDQ
                or (>= 0x9B and <= 0x9F) // FWAIT, PUSHF, POPF, SAHF, LAHF
                or (>= 0xA4 and <= 0xA7) // MOVS, CMPS
                or (>= 0xAA and <= 0xAF) // STOS, LODS, SCAS
                or (0xC3 or 0xC9 or 0xCB or 0xCC or 0xCF) // RET, LEAVE, far RET, INT3, IRET
                or 0xD7 // XLAT
                or (>= 0xEC and <= 0xEF) // IN, OUT
                or (0xF1 or 0xF4 or 0xF5) // INT1, HLT, CMC
                or (>= 0xF8 and <= 0xFD); // CLC to STD

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
