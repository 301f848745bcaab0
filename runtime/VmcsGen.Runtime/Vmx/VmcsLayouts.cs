using System;
using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace VmcsGen.Vmx;

/// <summary>
/// Access by encoding to a VMCS in memory, for any layout. With a constant encoding the JIT folds the lookup, so that the
/// access is the load or store alone.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Advanced)]
public static class VmcsLayouts
{
    /// <summary>In a table of offsets: the layout stores no such field.</summary>
    public const ushort Absent = ushort.MaxValue;

    /// <summary>Reads a field.</summary>
    /// <typeparam name="TLayout">The layout.</typeparam>
    /// <param name="page">The memory.</param>
    /// <param name="field">The field's encoding.</param>
    /// <exception cref="VmxException">The layout stores no such field.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Read<TLayout>(ref readonly TLayout page, VmcsField field)
        where TLayout : unmanaged, IVmcsLayout
    {
        var offset = OffsetOf<TLayout>(field);
        if (offset == Absent)
            ThrowUnsupported("VMREAD", field);
        return Load(ref Unsafe.AsRef(in page), offset, field);
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
        var offset = OffsetOf<TLayout>(field);
        if (offset == Absent)
            ThrowUnsupported("VMWRITE", field);
        Store(ref page, offset, field, value);
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
        value = offset == Absent ? 0 : Load(ref Unsafe.AsRef(in page), offset, field);
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

    /// <summary>Copies bytes into an image.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="image">The image.</param>
    /// <exception cref="ArgumentException">There are more bytes than the image has.</exception>
    public static void CopyTo(ReadOnlySpan<byte> bytes, Span<byte> image)
    {
        if (bytes.Length > image.Length)
            throw new ArgumentException($"{bytes.Length} bytes do not fit into a VMCS image of {image.Length}: pass the VMCS region alone.", nameof(bytes));
        bytes.CopyTo(image);
    }

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
        ((((int)field.Width << 2) | (int)field.Type) * TLayout.FieldOffsetColumns) + field.Index;

    // Only for fields that the layout stores.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MarkChanged<TLayout>(ref TLayout page, VmcsField field)
        where TLayout : unmanaged, IVmcsLayout
    {
        if (TLayout.CleanFieldsOffset < 0)
            return;
        var mask = TLayout.CleanMasks[Cell<TLayout>(field)];
        if (mask != 0)
            Unsafe.As<byte, uint>(ref Place(ref page, TLayout.CleanFieldsOffset)) &= ~mask;
    }

    // Sound because offsets come from the layout's own table, whose members lie inside of it. The address is written out in
    // each branch: with a constant encoding one branch is left, and its address becomes an operand of the load or store.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Load<TLayout>(ref TLayout page, int offset, VmcsField field)
        where TLayout : unmanaged => field.Size switch
        {
            2 => Unsafe.ReadUnaligned<ushort>(ref Place(ref page, offset)),
            4 => Unsafe.ReadUnaligned<uint>(ref Place(ref page, offset)),
            _ => Unsafe.ReadUnaligned<ulong>(ref Place(ref page, offset)),
        };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TLayout>(ref TLayout page, int offset, VmcsField field, ulong value)
        where TLayout : unmanaged
    {
        switch (field.Size)
        {
            case 2:
                Unsafe.WriteUnaligned(ref Place(ref page, offset), (ushort)value);
                break;
            case 4:
                Unsafe.WriteUnaligned(ref Place(ref page, offset), (uint)value);
                break;
            default:
                Unsafe.WriteUnaligned(ref Place(ref page, offset), value);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref byte Place<TLayout>(ref TLayout page, int offset)
        where TLayout : unmanaged => ref Unsafe.AddByteOffset(ref Unsafe.As<TLayout, byte>(ref page), offset);

    [DoesNotReturn]
    private static void ThrowUnsupported(string instruction, VmcsField field) =>
        throw new VmxException($"{instruction} of {Name(field)}", VmxResult.FailValid(VmInstructionError.UnsupportedVmcsComponent));

    private static string Name(VmcsField field) =>
        VmcsFields.TryFind(field, out var info) ? $"{info.Name}{(field.IsHighAccess ? " (high half)" : "")} (0x{(uint)field:X4})" : $"0x{(uint)field:X4}";
}
