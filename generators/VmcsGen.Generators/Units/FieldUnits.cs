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
    string Name, ItemDoc Doc, ulong Encoding, string Type, FieldForm Form, EquatableArray<string> ExistsWhen, FieldCheck? Check);

/// <param name="Form">The form of the value.</param>
/// <param name="ZeroBits">Bits that must be 0.</param>
/// <param name="Control">The control bit, as <c>BitField.Bit</c>, that must be 1 for the check to apply; null when it always applies.</param>
/// <param name="ControlField">Encoding of the field that holds the control bit.</param>
/// <param name="ControlBit">The control bit as a mask.</param>
/// <param name="See">Where the check is described.</param>
internal sealed record FieldCheck(ValueForm Form, ulong ZeroBits, string? Control, ulong ControlField, ulong ControlBit, string? See);

/// <summary>What the type of a VMCS field is.</summary>
internal enum FieldForm
{
    Integer,
    BitField,
    Enum,
}
