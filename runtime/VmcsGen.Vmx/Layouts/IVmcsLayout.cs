using System;

namespace VmcsGen.Vmx;

/// <summary>A struct that lies in memory where a hypervisor keeps a VMCS. Implemented by generated code.</summary>
public interface IVmcsLayout
{
#if !VMCSGEN_FREESTANDING
    /// <summary>The members, by offset.</summary>
    static abstract ReadOnlySpan<VmcsLayoutMember> Members { get; }
#endif

    /// <summary>
    /// Where each encoding reads and writes, high halves too: bits 31:8 are the offset of the eight bytes that end with the field,
    /// bits 7:0 how many bits of them come before it. Of a field that ends before byte 8, bits 31:16 are all set and bits 15:8 are its
    /// own offset. <see cref="VmcsLayouts.Absent"/> where the layout stores no such field. A row for each value of bits 9:0 of the
    /// encoding, index and access type, up to the last in use; in it a column for each value of bits 14:10, width and type.
    /// </summary>
    static abstract ReadOnlySpan<uint> FieldPlaces { get; }

    /// <summary>Whether a field ends before byte 8, where a VMCS region has none (SDM 3C 25.2) but other layouts may.</summary>
    static abstract bool HasEarlyFields { get; }

    /// <summary>
    /// Which fields the layout stores, a bit for each index. Code and not a table, so that the JIT knows the answer for a constant
    /// field early enough to leave no trace of the failure that it rules out.
    /// </summary>
    /// <param name="word">
    /// Bits 14:13 and 11:10 of the encoding, width and type, for indices below 32; 16 more for each 32 indices from there.
    /// </param>
    static abstract uint StoredFields(int word);

    /// <summary>
    /// Offset of the 32-bit member in which a set bit tells the owner of the memory that a group of fields has not changed; -1
    /// for layouts without one. Writing a field by its encoding clears the bit of its group.
    /// </summary>
    static abstract int CleanFieldsOffset { get; }

    /// <summary>The bits that a write to each field clears, in rows and columns as the places; empty for layouts without any.</summary>
    static abstract ReadOnlySpan<uint> CleanMasks { get; }
}
