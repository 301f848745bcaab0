using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;

namespace VmcsGen.Vmx;

/// <summary>
/// A control word: names, capability MSRs, named bits, and what activates it. The words themselves are generated from the specs of
/// their bit-fields.
/// </summary>
internal sealed partial class VmxControlWord
{
    private readonly NamedParts _parts;

    private readonly (int Word, ulong Bit)? _activator;

    private VmxControlWord(
        int index,
        string name,
        string sdmName,
        VmcsField field,
        int bits,
        VmxMsr msr,
        VmxMsr? trueMsr,
        (int Word, ulong Bit)? activator,
        NamedParts parts
    )
    {
        Bits = bits;
        _activator = activator;
        Index = index;
        Name = name;
        SdmName = sdmName;
        Field = field;
        Msr = msr;
        TrueMsr = trueMsr;
        _parts = parts;
    }

    private delegate ReadOnlySpan<BitFieldPart> NamedParts();

    internal int Index { get; }

    /// <summary>Name of the bit-field.</summary>
    internal string Name { get; }

    internal string SdmName { get; }

    internal VmcsField Field { get; }

    /// <summary>How many bits it has. The MSRs of 64-bit words tell of the allowed 1-settings alone.</summary>
    internal int Bits { get; }

    /// <summary>The MSR with the allowed settings.</summary>
    internal VmxMsr Msr { get; }

    /// <summary>The MSR with the allowed settings on processors that have TRUE capability MSRs.</summary>
    internal VmxMsr? TrueMsr { get; }

    /// <summary>The word with the control that activates this one; null if the processor always looks at it.</summary>
    internal VmxControlWord? Activator => _activator is { } activator ? All[activator.Word] : null;

    /// <summary>That control.</summary>
    internal ulong ActivatorBit => _activator?.Bit ?? 0;

    /// <summary>How many words activate this one, each the next.</summary>
    internal int Depth => Activator is { } activator ? activator.Depth + 1 : 0;

    /// <summary>All words, each behind the one that activates it.</summary>
    internal static VmxControlWord[] FromActivators => Order.FromActivators;

    /// <summary>All words: those that are always looked at, those that these activate, and so on.</summary>
    internal static VmxControlWord[][] ByDepth => Order.ByDepth;

    internal ReadOnlySpan<BitFieldPart> Parts => _parts();

    // Apart, because the words must be there first.
    private static class Order
    {
        internal static readonly VmxControlWord[][] ByDepth =
        [
            .. All.GroupBy(static word => word.Depth).OrderBy(static words => words.Key).Select(static words => words.ToArray()),
        ];

        internal static readonly VmxControlWord[] FromActivators = [.. ByDepth.SelectMany(static words => words)];
    }

    /// <summary>The raw value of a control word.</summary>
    internal static ulong Raw<TControls>(TControls controls)
        where TControls : unmanaged =>
        // The generated bit-fields have one field, of 4 or 8 bytes.
        Unsafe.SizeOf<TControls>() == sizeof(uint)
            ? Unsafe.BitCast<TControls, uint>(controls)
            : Unsafe.BitCast<TControls, ulong>(controls);

    /// <summary>The control word of a raw value.</summary>
    internal static TControls Typed<TControls>(ulong raw)
        where TControls : unmanaged =>
        Unsafe.SizeOf<TControls>() == sizeof(uint) ? Unsafe.BitCast<uint, TControls>((uint)raw) : Unsafe.BitCast<ulong, TControls>(raw);

    /// <summary>The name of a bit, or its number where it is reserved.</summary>
    internal string NameOf(int bit)
    {
        foreach (var part in Parts)
        {
            if (part.Low == bit)
                return part.Name;
        }
        return $"bit {bit}";
    }

    /// <summary>The names of the bits that are set.</summary>
    internal string[] NamesOf(ulong bits)
    {
        var names = new List<string>();
        for (; bits != 0; bits &= bits - 1)
            names.Add(NameOf(System.Numerics.BitOperations.TrailingZeroCount(bits)));
        return [.. names];
    }
}
