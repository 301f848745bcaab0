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
    public const uint Absent = 0xFFFF_FFFF;

    // In a table of places: fields that end before byte 8 come from here on.
    private const uint Early = 0xFFFF_0000;

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
        if (TryFind<TLayout>(field, out var place))
            return Load(in page, OffsetOf<TLayout>(place), field);
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
        if (TryFind<TLayout>(field, out var place))
        {
            Store(ref page, OffsetOf<TLayout>(place), field, value);
            MarkChanged(ref page, field);
        }
        else if (!Stores<TLayout>(field))
        {
            OnUnsupported("VMWRITE", field);
        }
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
        if (TryFind<TLayout>(field, out var place))
        {
            value = LoadWindow(in page, place);
            return VmxResult.Success;
        }
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
        if (!TryFind<TLayout>(field, out var place))
            return VmxResult.FailValid(VmInstructionError.UnsupportedVmcsComponent);
        Store(ref page, OffsetOf<TLayout>(place), field, value);
        MarkChanged(ref page, field);
        return VmxResult.Success;
    }

    // The same answer as that of the table, but known to the JIT for a constant field: then the throw is dropped, and with it what
    // it needs of the stack.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Stores<TLayout>(VmcsField field)
        where TLayout : unmanaged, IVmcsLayout => field.IsWellFormed && ((TLayout.StoredFields(WordOf(field)) >> field.Index) & 1) != 0;

    // False for encodings with reserved bits, for high halves of fields that are not 64 bits wide, and for unknown fields.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryFind<TLayout>(VmcsField field, out uint place)
        where TLayout : unmanaged, IVmcsLayout
    {
        var places = TLayout.FieldPlaces;
        var index = IndexOf(field);
        if ((uint)field <= LastEncoding && (uint)index < (uint)places.Length)
        {
            place = places[index];
            return TLayout.HasEarlyFields ? place != Absent : (int)place >= 0;
        }
        place = Absent;
        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint OffsetOf<TLayout>(uint place)
        where TLayout : unmanaged, IVmcsLayout =>
        TLayout.HasEarlyFields && place >= Early ? (nint)(place >> 8 & 0xFF) : (nint)((place >> 8) + ((place & 0xFF) >> 3));

    // The encoding rotated within its 15 bits, so that index and access type come before width and type: all encodings in use
    // have small indices, and a table by this number is short. The product has bits 9:0 of the encoding at the top, where the others
    // overflow, and bits 14:10 next to them.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int IndexOf(VmcsField field) => (int)(unchecked((uint)field * ((1u << 22) | (1u << 7))) >> 17);

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

    // The eight bytes that end with the field, moved down until the field alone is left. An encoding that is known at run time only
    // has no branch for its width then, which the processor could guess wrong.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong LoadWindow<TLayout>(ref readonly TLayout page, uint place)
        where TLayout : unmanaged, IVmcsLayout
    {
        if (TLayout.HasEarlyFields && place >= Early)
        {
            var offset = (nint)(place >> 8 & 0xFF);
            return (place & 0xFF) == 32 ? Place<TLayout, uint>(in page, offset) : Place<TLayout, ushort>(in page, offset);
        }
        return Place<TLayout, ulong>(in page, (nint)((nuint)place >> 8)) >> (int)(place & 63);
    }

    // The place is written out in each branch: with a constant encoding one branch is left, and the address becomes an operand
    // of its load or store.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Load<TLayout>(ref readonly TLayout page, nint offset, VmcsField field)
        where TLayout : unmanaged
    {
        if (IsEightBytes(field))
            return Place<TLayout, ulong>(in page, offset);
        return IsTwoBytes(field) ? Place<TLayout, ushort>(in page, offset) : Place<TLayout, uint>(in page, offset);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TLayout>(ref TLayout page, nint offset, VmcsField field, ulong value)
        where TLayout : unmanaged
    {
        if (IsEightBytes(field))
            Place<TLayout, ulong>(in page, offset) = value;
        else if (IsTwoBytes(field))
            Place<TLayout, ushort>(in page, offset) = (ushort)value;
        else
            Place<TLayout, uint>(in page, offset) = (uint)value;
    }

    // Of the widths, 64 bits and natural have bit 13; of the other two 32 bits has bit 14. High accesses, of four bytes, have bit 0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsEightBytes(VmcsField field) => ((uint)field & 0x2001) == 0x2000;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsTwoBytes(VmcsField field) => ((uint)field & 0x6001) == 0;

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
        throw new VmxException(
            $"{instruction} of {VmcsFields.NameOf(field)}",
            VmxResult.FailValid(VmInstructionError.UnsupportedVmcsComponent)
        );
#endif
}
