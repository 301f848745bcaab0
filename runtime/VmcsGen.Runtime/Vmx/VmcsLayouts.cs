using System;
using System.Runtime.CompilerServices;
#if !VMCSGEN_FREESTANDING
using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
#endif

namespace VmcsGen.Vmx;

/// <summary>
/// Access by encoding to a VMCS in memory, for any layout. With a constant encoding the JIT folds the lookup, so that the
/// access is the load or store alone.
/// </summary>
#if !VMCSGEN_FREESTANDING
[EditorBrowsable(EditorBrowsableState.Advanced)]
#endif
public static partial class VmcsLayouts
{
    /// <summary>In a table of offsets: the layout stores no such field.</summary>
    public const ushort Absent = 0xFFFF;

    /// <summary>Reads a field.</summary>
    /// <typeparam name="TLayout">The layout.</typeparam>
    /// <param name="page">The memory.</param>
    /// <param name="field">The field's encoding.</param>
    /// <exception cref="VmxException">The layout stores no such field.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Read<TLayout>(ref readonly TLayout page, VmcsField field)
        where TLayout : unmanaged, IVmcsLayout
    {
        var cell = Cell<TLayout>(field);
        if (!Stores<TLayout>(field, cell))
        {
            OnUnsupported("VMREAD", field);
            return 0;
        }
        return Load(in page, OffsetOf<TLayout>(field, cell), field);
    }

    /// <summary>Writes a field.</summary>
    /// <typeparam name="TLayout">The layout.</typeparam>
    /// <param name="page">The memory.</param>
    /// <param name="field">The field's encoding.</param>
    /// <param name="value">The value; bits beyond the field's width are dropped.</param>
    /// <exception cref="VmxException">The layout stores no such field.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write<TLayout>(ref TLayout page, VmcsField field, ulong value)
        where TLayout : unmanaged, IVmcsLayout
    {
        var cell = Cell<TLayout>(field);
        if (!Stores<TLayout>(field, cell))
        {
            OnUnsupported("VMWRITE", field);
            return;
        }
        Store(ref page, OffsetOf<TLayout>(field, cell), field, value);
        MarkChanged(ref page, field);
    }

    /// <summary>Reads a field and reports failure as VMREAD does.</summary>
    /// <typeparam name="TLayout">The layout.</typeparam>
    /// <param name="page">The memory.</param>
    /// <param name="field">The field's encoding.</param>
    /// <param name="value">The value, or zero on failure.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VmxResult TryRead<TLayout>(ref readonly TLayout page, VmcsField field, out ulong value)
        where TLayout : unmanaged, IVmcsLayout
    {
        var offset = OffsetOf<TLayout>(field);
        value = offset == Absent ? 0 : Load(in page, offset, field);
        return offset == Absent ? VmxResult.FailValid(VmInstructionError.UnsupportedVmcsComponent) : VmxResult.Success;
    }

    /// <summary>Writes a field and reports failure as VMWRITE does.</summary>
    /// <typeparam name="TLayout">The layout.</typeparam>
    /// <param name="page">The memory.</param>
    /// <param name="field">The field's encoding.</param>
    /// <param name="value">The value.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VmxResult TryWrite<TLayout>(ref TLayout page, VmcsField field, ulong value)
        where TLayout : unmanaged, IVmcsLayout
    {
        var offset = OffsetOf<TLayout>(field);
        if (offset == Absent)
            return VmxResult.FailValid(VmInstructionError.UnsupportedVmcsComponent);
        Store(ref page, offset, field, value);
        MarkChanged(ref page, field);
        return VmxResult.Success;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Stores<TLayout>(VmcsField field, int cell)
        where TLayout : unmanaged, IVmcsLayout =>
        field.IsWellFormed && field.Index < TLayout.FieldOffsetColumns && ((TLayout.StoredFields(cell >> 5) >> cell) & 1) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int OffsetOf<TLayout>(VmcsField field, int cell)
        where TLayout : unmanaged, IVmcsLayout =>
        TLayout.FieldOffsets[cell] + (((int)field & 1) * sizeof(uint));

    // Absent for encodings with reserved bits, for high halves of fields that are not 64 bits wide, and for unknown fields.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int OffsetOf<TLayout>(VmcsField field)
        where TLayout : unmanaged, IVmcsLayout
    {
        if (!field.IsWellFormed || field.Index >= TLayout.FieldOffsetColumns)
            return Absent;
        int offset = TLayout.FieldOffsets[Cell<TLayout>(field)];
        return offset == Absent || !field.IsHighAccess ? offset : offset + sizeof(uint);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Cell<TLayout>(VmcsField field)
        where TLayout : unmanaged, IVmcsLayout =>
        (((((int)field >> 11) & 12) | (((int)field >> 10) & 3)) * TLayout.FieldOffsetColumns) + field.Index;

    // Only for fields that the layout stores.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MarkChanged<TLayout>(ref TLayout page, VmcsField field)
        where TLayout : unmanaged, IVmcsLayout
    {
        if (TLayout.CleanFieldsOffset < 0)
            return;
        var mask = TLayout.CleanMasks[Cell<TLayout>(field)];
        if (mask != 0)
            Place<TLayout, uint>(in page, TLayout.CleanFieldsOffset) &= ~mask;
    }

    // The place is written out in each branch: with a constant encoding one branch is left, and the address becomes an operand
    // of its load or store.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Load<TLayout>(ref readonly TLayout page, int offset, VmcsField field)
        where TLayout : unmanaged => field.Size switch
        {
            2 => Place<TLayout, ushort>(in page, offset),
            4 => Place<TLayout, uint>(in page, offset),
            _ => Place<TLayout, ulong>(in page, offset),
        };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TLayout>(ref TLayout page, int offset, VmcsField field, ulong value)
        where TLayout : unmanaged
    {
        switch (field.Size)
        {
            case 2:
                Place<TLayout, ushort>(in page, offset) = (ushort)value;
                break;
            case 4:
                Place<TLayout, uint>(in page, offset) = (uint)value;
                break;
            default:
                Place<TLayout, ulong>(in page, offset) = value;
                break;
        }
    }

    // Sound because offsets come from the layout's own table, whose members lie inside of it. Those of packed layouts may be
    // unaligned, which processors that VMX belongs to do not mind.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe ref TValue Place<TLayout, TValue>(ref readonly TLayout page, int offset)
        where TLayout : unmanaged
        where TValue : unmanaged
    {
#if VMCSGEN_FREESTANDING
        fixed (TLayout* place = &page)
            return ref *(TValue*)((byte*)place + offset);
#else
        return ref Unsafe.As<byte, TValue>(ref Unsafe.AddByteOffset(ref Unsafe.As<TLayout, byte>(ref Unsafe.AsRef(in page)), offset));
#endif
    }

#if VMCSGEN_FREESTANDING
    /// <summary>
    /// Told when a field is read or written that the layout does not store; implement it to stop there. Without it, such a read
    /// gives zero and such a write does nothing, as on a processor whose VMfail nobody looks at.
    /// </summary>
    static partial void OnUnsupported(string instruction, VmcsField field);
#else
    [DoesNotReturn]
    private static void OnUnsupported(string instruction, VmcsField field) =>
        throw new VmxException($"{instruction} of {VmcsFields.NameOf(field)}", VmxResult.FailValid(VmInstructionError.UnsupportedVmcsComponent));
#endif
}
