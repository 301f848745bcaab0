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
    /// <summary>In a table of places: the layout stores no such field.</summary>
    public const ushort Absent = 0xFFFF;

    // In a table of places: offsets of eight bytes come first, then those of four bytes, then those of two.
    private const ushort FourBytes = 0x4000;
    private const ushort TwoBytes = 0x8000;
    private const ushort NoBytes = 0xC000;

    // Bit 15 and all above are reserved.
    private const uint LastEncoding = 0x7FFF;

    /// <summary>Reads a field.</summary>
    /// <typeparam name="TLayout">The layout.</typeparam>
    /// <param name="page">The memory.</param>
    /// <param name="field">The field's encoding.</param>
    /// <exception cref="VmxException">The layout stores no such field.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Read<TLayout>(ref readonly TLayout page, VmcsField field)
        where TLayout : unmanaged, IVmcsLayout
    {
        if (TryFind<TLayout>(field, out var place) && TryLoad(in page, place, out var value))
            return value;
        if (!Stores<TLayout>(field))
            OnUnsupported("VMREAD", field);
        return 0;
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
        if (TryFind<TLayout>(field, out var place) && TryStore(ref page, place, value))
            MarkChanged(ref page, field);
        else if (!Stores<TLayout>(field))
            OnUnsupported("VMWRITE", field);
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
        if (TryFind<TLayout>(field, out var place) && TryLoad(in page, place, out value))
            return VmxResult.Success;
        value = 0;
        return VmxResult.FailValid(VmInstructionError.UnsupportedVmcsComponent);
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
        if (!TryFind<TLayout>(field, out var place) || !TryStore(ref page, place, value))
            return VmxResult.FailValid(VmInstructionError.UnsupportedVmcsComponent);
        MarkChanged(ref page, field);
        return VmxResult.Success;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Stores<TLayout>(VmcsField field)
        where TLayout : unmanaged, IVmcsLayout =>
        field.IsWellFormed && ((TLayout.StoredFields(WordOf(field)) >> field.Index) & 1) != 0;

    // False, or Absent, for encodings with reserved bits, for high halves of fields that are not 64 bits wide, and for unknown ones.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryFind<TLayout>(VmcsField field, out nuint place)
        where TLayout : unmanaged, IVmcsLayout
    {
        var places = TLayout.FieldPlaces;
        var index = IndexOf(field);
        place = Absent;
        if ((uint)field > LastEncoding || (uint)index >= (uint)places.Length)
            return false;
        place = places[index];
        return true;
    }

    // The encoding rotated within its 15 bits, so that index and access type come before width and type: all encodings in use
    // have small indices, and a table by this number is short. The product has the encoding twice, one after the other.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int IndexOf(VmcsField field) => (int)(unchecked((uint)field * 0x8001) >> 10 & 0x7FFF);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int WordOf(VmcsField field) => (((int)field >> 11) & 12) | (((int)field >> 10) & 3) | (field.Index >> 5 << 4);

    // Only for fields that the layout stores.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MarkChanged<TLayout>(ref TLayout page, VmcsField field)
        where TLayout : unmanaged, IVmcsLayout
    {
        if (TLayout.CleanFieldsOffset < 0)
            return;
        var mask = TLayout.CleanMasks[IndexOf(field)];
        if (mask != 0)
            Place<TLayout, uint>(in page, TLayout.CleanFieldsOffset) &= ~mask;
    }

    // The width is told by the place and not by the encoding: one comparison finds the eight bytes that most fields have, and
    // where the others begin is a part of the address.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryLoad<TLayout>(ref readonly TLayout page, nuint place, out ulong value)
        where TLayout : unmanaged
    {
        if (place < FourBytes)
            value = Place<TLayout, ulong>(in page, (nint)place);
        else if (place < TwoBytes)
            value = Place<TLayout, uint>(in page, (nint)place - FourBytes);
        else if (place < NoBytes)
            value = Place<TLayout, ushort>(in page, (nint)place - TwoBytes);
        else
        {
            value = 0;
            return false;
        }
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryStore<TLayout>(ref TLayout page, nuint place, ulong value)
        where TLayout : unmanaged
    {
        if (place < FourBytes)
            Place<TLayout, ulong>(in page, (nint)place) = value;
        else if (place < TwoBytes)
            Place<TLayout, uint>(in page, (nint)place - FourBytes) = (uint)value;
        else if (place < NoBytes)
            Place<TLayout, ushort>(in page, (nint)place - TwoBytes) = (ushort)value;
        else
            return false;
        return true;
    }

    // Sound because places come from the layout's own table, whose members lie inside of it. Those of packed layouts may be
    // unaligned, which processors that VMX belongs to do not mind.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe ref TValue Place<TLayout, TValue>(ref readonly TLayout page, nint offset)
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
