using VmcsGen.Generators.Model;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Units;

/// <summary>The VMCS fields of all built-in specs: the enum of encodings and the table of descriptions.</summary>
internal sealed record FieldTableUnit(EmitTarget Target, EquatableArray<VmcsField> Fields) : EmitUnit(Target);

/// <summary>The typed properties for the VMCS fields of one spec file.</summary>
internal sealed record FieldPropertiesUnit(EmitTarget Target, EquatableArray<VmcsField> Fields) : EmitUnit(Target);

/// <summary>The VMCS fields of one user's spec: encodings, descriptions and extension properties.</summary>
internal sealed record FieldExtensionUnit(EmitTarget Target, string ClassName, EquatableArray<VmcsField> Fields) : EmitUnit(Target);

/// <param name="Type">C# type of the property.</param>
/// <param name="Form">What that type is.</param>
/// <param name="ExistsWhen">Control bits, any of which makes the field exist; none when it always exists.</param>
/// <param name="Check">What VM entry demands of the field, if that is no more than a form of its value.</param>
internal sealed record VmcsField(
    string Name,
    ItemDoc Doc,
    ulong Encoding,
    string Type,
    FieldForm Form,
    EquatableArray<ControlBit> ExistsWhen,
    FieldCheck? Check
);

/// <param name="Form">The form of the value.</param>
/// <param name="ZeroBits">Bits that must be 0.</param>
/// <param name="Control">The control bit that must be 1 for the check to apply; null when it always applies.</param>
/// <param name="See">Where the check is described.</param>
internal sealed record FieldCheck(ValueForm Form, ulong ZeroBits, ControlBit? Control, string? See);

/// <summary>A bit of a control word.</summary>
/// <param name="Word">The word's bit-field.</param>
/// <param name="Name">The bit's name.</param>
/// <param name="Field">The encoding of the VMCS field that holds the word; null when none does.</param>
/// <param name="Mask">The bit in the word.</param>
internal sealed record ControlBit(string Word, string Name, ulong? Field, ulong Mask)
{
    public string FullName => $"{Word}.{Name}";
}

/// <summary>What the type of a VMCS field is.</summary>
internal enum FieldForm
{
    Integer,
    BitField,
    Enum,
}
