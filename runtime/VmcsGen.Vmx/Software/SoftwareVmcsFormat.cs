using System.Collections.Frozen;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace VmcsGen.Vmx.Software;

/// <summary>
/// The format of VMCS data of the software processor: KVM's vmcs12, and behind it, in the same page, the fields that vmcs12 has no
/// place for, 8 bytes each in the order of their encodings.
/// </summary>
internal static class SoftwareVmcsFormat
{
    // vmcs12 ends below 1024. The rest of the page is padding to KVM.
    private const int ExtraFields = 0x800;

    private static readonly FrozenDictionary<VmcsField, int> s_extra = Extra();

    /// <summary>The revision identifier that VMXON and VMPTRLD expect: vmcs12's.</summary>
    internal static uint RevisionIdentifier { get; } = 0x11E5_7ED0;

    /// <summary>Reads a field, whether a processor has it or not.</summary>
    /// <returns>Whether there is such a field at all.</returns>
    internal static bool TryRead(in VmcsMemory<Vmcs12> memory, VmcsField field, out ulong value)
    {
        if (memory.TryRead(field, out value).IsSuccess)
            return true;
        if (!TryFindExtra(field, out var offset))
            return false;
        value = MemoryMarshal.Read<ulong>(memory.Bytes[offset..]);
        value = field.IsHighAccess ? value >> 32 : value;
        return true;
    }

    /// <summary>Writes a field, whether a processor has it or not.</summary>
    /// <returns>Whether there is such a field at all.</returns>
    internal static bool TryWrite(in VmcsMemory<Vmcs12> memory, VmcsField field, ulong value)
    {
        if (memory.TryWrite(field, value).IsSuccess)
            return true;
        if (!TryFindExtra(field, out var offset))
            return false;
        var place = memory.Bytes[offset..];
        if (field.IsHighAccess)
            MemoryMarshal.Write(place[sizeof(uint)..], (uint)value);
        else
            MemoryMarshal.Write(place, field.Size == sizeof(ulong) ? value : value & ((1UL << (field.Size * 8)) - 1));
        return true;
    }

    private static bool TryFindExtra(VmcsField field, out int offset)
    {
        offset = 0;
        return field.IsWellFormed && s_extra.TryGetValue(field.Full, out offset);
    }

    private static FrozenDictionary<VmcsField, int> Extra()
    {
        var offsets = new Dictionary<VmcsField, int>();
        var vmcs12 = VmcsMemory.Allocate<Vmcs12>();
        foreach (var info in VmcsFields.All)
        {
            if (!vmcs12.TryRead(info.Field, out _).IsSuccess)
                offsets.Add(info.Field, ExtraFields + (offsets.Count * sizeof(ulong)));
        }
        return offsets.ToFrozenDictionary();
    }
}
