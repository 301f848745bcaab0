using System;
using System.Runtime.InteropServices;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Software;

/// <summary>
/// The current VMCS of a software processor, as long as it is current: a slot for every field, and the bytes of its region, whose header
/// is alike in all formats.
/// </summary>
internal sealed class SoftwareVmcsCache(SoftwareVmcsRegion region)
{
    /// <summary>Where a region has the VMX-abort indicator (SDM 3C 25.2).</summary>
    internal const int AbortOffset = 4;

    /// <summary>Where a region has the launch state: vmcs12's place for it.</summary>
    internal const int LaunchStateOffset = 8;

    private const ushort NoSlot = ushort.MaxValue;

    private static readonly ushort[] s_slots = Slots();

    private readonly ulong[] _values = new ulong[VmcsFields.All.Length];
    private readonly byte[] _page = new byte[VmxPage.Size];

    internal VmcsRevision Revision => new(MemoryMarshal.Read<uint>(_page));

    internal VmxAbort Abort
    {
        set => MemoryMarshal.Write(_page.AsSpan(AbortOffset), (uint)value);
    }

    internal uint LaunchState
    {
        get => MemoryMarshal.Read<uint>(_page.AsSpan(LaunchStateOffset));
        set => MemoryMarshal.Write(_page.AsSpan(LaunchStateOffset), value);
    }

    /// <summary>Takes the VMCS out of its region.</summary>
    internal void Load(IPhysicalMemory memory, ulong address)
    {
        memory.Read(address, _page);
        region.Load(_page, _values);
    }

    /// <summary>Puts the VMCS into its region.</summary>
    internal void Save(IPhysicalMemory memory, ulong address)
    {
        region.Save(_values, _page);
        memory.Write(address, _page);
    }

    /// <summary>Reads a field, whether a processor has it or not.</summary>
    /// <returns>Whether there is such a field at all.</returns>
    internal bool TryRead(VmcsField field, out ulong value)
    {
        var slot = SlotOf(field);
        value =
            slot == NoSlot ? 0
            : field.IsHighAccess ? _values[slot] >> 32
            : _values[slot];
        return slot != NoSlot;
    }

    /// <summary>Writes a field, whether a processor has it or not; bits beyond its width are dropped.</summary>
    /// <returns>Whether there is such a field at all.</returns>
    internal bool TryWrite(VmcsField field, ulong value)
    {
        var slot = SlotOf(field);
        if (slot == NoSlot)
            return false;
        _values[slot] = field.IsHighAccess ? value << 32 | (uint)_values[slot] : value & (ulong.MaxValue >> (64 - (field.Size * 8)));
        return true;
    }

    private static ushort SlotOf(VmcsField field)
    {
        if (!field.IsWellFormed)
            return NoSlot;
        var index = VmcsLayouts.IndexOf(field.Full);
        return index < s_slots.Length ? s_slots[index] : NoSlot;
    }

    private static ushort[] Slots()
    {
        var all = VmcsFields.All;
        var last = 0;
        foreach (ref readonly var info in all)
            last = Math.Max(last, VmcsLayouts.IndexOf(info.Field));
        var slots = new ushort[last + 1];
        Array.Fill(slots, NoSlot);
        for (var i = 0; i < all.Length; i++)
            slots[VmcsLayouts.IndexOf(all[i].Field)] = (ushort)i;
        return slots;
    }
}
