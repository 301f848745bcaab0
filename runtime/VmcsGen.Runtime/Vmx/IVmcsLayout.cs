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
    /// Byte offsets of the stored fields: a row for each of the 16 groups of width and type, in it a column for each index;
    /// <see cref="VmcsLayouts.Absent"/> where the layout stores no such field.
    /// </summary>
    static abstract ReadOnlySpan<ushort> FieldOffsets { get; }

    /// <summary>
    /// Which cells of <see cref="FieldOffsets"/> are not absent, a bit for each, 32 cells a word. Code and not a table, so that the
    /// JIT knows the answer for a constant field early enough to leave no trace of the failure that it rules out.
    /// </summary>
    /// <param name="word">Which word.</param>
    static abstract uint StoredFields(int word);

    /// <summary>Columns of a row of <see cref="FieldOffsets"/>.</summary>
    static abstract int FieldOffsetColumns { get; }

    /// <summary>
    /// Offset of the 32-bit member in which a set bit tells the owner of the memory that a group of fields has not changed; -1
    /// for layouts without one. Writing a field by its encoding clears the bit of its group.
    /// </summary>
    static abstract int CleanFieldsOffset { get; }

    /// <summary>The bits that a write to each field clears, in rows and columns as the offsets; empty for layouts without any.</summary>
    static abstract ReadOnlySpan<uint> CleanMasks { get; }
}
