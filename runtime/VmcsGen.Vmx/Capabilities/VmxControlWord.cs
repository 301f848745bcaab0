using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;

namespace VmcsGen.Vmx;

/// <summary>
/// The eight control words: names, capability MSRs and named bits of each. The generated bit-fields know their bits; this is
/// where a word is found by its name, as conditions of VMCS fields give it.
/// </summary>
internal sealed class VmxControlWord
{
    private readonly NamedParts _parts;

    private VmxControlWord(int index, string name, string sdmName, VmcsField field, VmxMsr msr, VmxMsr? trueMsr, NamedParts parts)
    {
        Index = index;
        Name = name;
        SdmName = sdmName;
        Field = field;
        Msr = msr;
        TrueMsr = trueMsr;
        _parts = parts;
    }

    private delegate ReadOnlySpan<BitFieldPart> NamedParts();

    internal static VmxControlWord PinBased { get; } = new(
        0, nameof(PinBasedControls), "pin-based VM-execution controls", VmcsField.PinBasedControls,
        VmxMsr.Ia32VmxPinbasedCtls, VmxMsr.Ia32VmxTruePinbasedCtls, static () => PinBasedControls.Parts);

    internal static VmxControlWord PrimaryProcessorBased { get; } = new(
        1, nameof(PrimaryProcessorBasedControls), "primary processor-based VM-execution controls", VmcsField.PrimaryProcessorBasedControls,
        VmxMsr.Ia32VmxProcbasedCtls, VmxMsr.Ia32VmxTrueProcbasedCtls, static () => PrimaryProcessorBasedControls.Parts);

    internal static VmxControlWord SecondaryProcessorBased { get; } = new(
        2, nameof(SecondaryProcessorBasedControls), "secondary processor-based VM-execution controls",
        VmcsField.SecondaryProcessorBasedControls, VmxMsr.Ia32VmxProcbasedCtls2, null, static () => SecondaryProcessorBasedControls.Parts);

    internal static VmxControlWord TertiaryProcessorBased { get; } = new(
        3, nameof(TertiaryProcessorBasedControls), "tertiary processor-based VM-execution controls",
        VmcsField.TertiaryProcessorBasedControls, VmxMsr.Ia32VmxProcbasedCtls3, null, static () => TertiaryProcessorBasedControls.Parts);

    internal static VmxControlWord PrimaryVmExit { get; } = new(
        4, nameof(PrimaryVmExitControls), "primary VM-exit controls", VmcsField.PrimaryVmExitControls,
        VmxMsr.Ia32VmxExitCtls, VmxMsr.Ia32VmxTrueExitCtls, static () => PrimaryVmExitControls.Parts);

    internal static VmxControlWord SecondaryVmExit { get; } = new(
        5, nameof(SecondaryVmExitControls), "secondary VM-exit controls", VmcsField.SecondaryVmExitControls,
        VmxMsr.Ia32VmxExitCtls2, null, static () => SecondaryVmExitControls.Parts);

    internal static VmxControlWord VmEntry { get; } = new(
        6, nameof(VmEntryControls), "VM-entry controls", VmcsField.VmEntryControls,
        VmxMsr.Ia32VmxEntryCtls, VmxMsr.Ia32VmxTrueEntryCtls, static () => VmEntryControls.Parts);

    internal static VmxControlWord VmFunctions { get; } = new(
        7, nameof(VmFunctionControls), "VM-function controls", VmcsField.VmFunctionControls,
        VmxMsr.Ia32VmxVmfunc, null, static () => VmFunctionControls.Parts);

    /// <summary>All words, each at its <see cref="Index"/>.</summary>
    internal static VmxControlWord[] All { get; } =
    [
        PinBased, PrimaryProcessorBased, SecondaryProcessorBased, TertiaryProcessorBased, PrimaryVmExit, SecondaryVmExit, VmEntry,
        VmFunctions,
    ];

    internal int Index { get; }

    /// <summary>Name of the bit-field.</summary>
    internal string Name { get; }

    internal string SdmName { get; }

    internal VmcsField Field { get; }

    /// <summary>The MSR with the allowed settings.</summary>
    internal VmxMsr Msr { get; }

    /// <summary>The MSR with the allowed settings on processors that have TRUE capability MSRs.</summary>
    internal VmxMsr? TrueMsr { get; }

    internal ReadOnlySpan<BitFieldPart> Parts => _parts();

    /// <summary>The raw value of a control word.</summary>
    internal static ulong Raw<TControls>(TControls controls)
        where TControls : unmanaged =>
        // The generated bit-fields have one field, of 4 or 8 bytes.
        Unsafe.SizeOf<TControls>() == sizeof(uint) ? Unsafe.BitCast<TControls, uint>(controls) : Unsafe.BitCast<TControls, ulong>(controls);

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
