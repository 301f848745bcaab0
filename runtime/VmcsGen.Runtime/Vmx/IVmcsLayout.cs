using System;

namespace VmcsGen.Vmx;

/// <summary>A struct that lies in memory where a hypervisor keeps a VMCS. Implemented by generated code.</summary>
public interface IVmcsLayout
{
    /// <summary>The members, by offset.</summary>
    static abstract ReadOnlySpan<VmcsLayoutMember> Members { get; }

    /// <summary>
    /// Byte offsets of the stored fields: a row for each of the 16 groups of width and type, in it a column for each index;
    /// <see cref="VmcsLayouts.Absent"/> where the layout stores no such field.
    /// </summary>
    static abstract ReadOnlySpan<ushort> FieldOffsets { get; }

    /// <summary>Columns of a row of <see cref="FieldOffsets"/>.</summary>
    static abstract int FieldOffsetColumns { get; }
}
