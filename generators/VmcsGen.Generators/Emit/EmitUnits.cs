using VmcsGen.Generators.Layout;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Resolve;

namespace VmcsGen.Generators.Emit;

// What is emitted, one file a unit. Units are resolved and free of positions: a unit that is equal to the last run's is
// not emitted again.

/// <summary>Where the emitted code goes.</summary>
internal enum EmitMode
{
    /// <summary>A user's specs, into the user's assembly, beside a reference to the runtime.</summary>
    Own,

    /// <summary>The built-in specs, into the runtime itself: partial types of the runtime are completed.</summary>
    Runtime,

    /// <summary>The built-in VMX specs, into a user's assembly that has no runtime and perhaps no .NET library either.</summary>
    All,

    /// <summary>Nothing but the table of built-in symbols, into the generator.</summary>
    Symbols,
}

/// <summary>What the project says about emission.</summary>
internal sealed record EmitOptions(EmitMode Mode, string RootNamespace);

/// <summary>File name, namespace and accessibility of a unit, and the namespaces in which its types may lie.</summary>
/// <param name="Hint">File name.</param>
/// <param name="Namespace">Namespace.</param>
/// <param name="Access">Accessibility of types.</param>
/// <param name="Usings">Other namespaces of the same compilation.</param>
/// <param name="IsFreestanding">Whether the code must do with a minimal core library: no exceptions, strings, arrays or statics.</param>
/// <param name="Path">The spec that the code is emitted for; empty when it is for several.</param>
internal sealed record EmitTarget(string Hint, string Namespace, string Access, EquatableArray<string> Usings = default, bool IsFreestanding = false, string Path = "");

internal abstract record EmitUnit(EmitTarget Target);

/// <param name="HasTexts">Whether native names and meanings are emitted as data too, for programs that show them.</param>
internal sealed record EnumUnit(EmitTarget Target, string Name, ItemDoc Doc, EnumForm Form, string CSharpType, bool HasTexts, EquatableArray<EnumMember> Members)
    : EmitUnit(Target);

internal sealed record EnumMember(string Name, ItemDoc Doc, ulong Value);

internal sealed record BitFieldUnit(EmitTarget Target, string Name, ItemDoc Doc, int Size, string? Capability, string? TrueCapability, EquatableArray<BitPart> Parts)
    : EmitUnit(Target);

/// <summary>Bits that a spec adds to a bit-field which exists elsewhere.</summary>
internal sealed record BitFieldExtensionUnit(EmitTarget Target, string ClassName, string BitField, int Size, EquatableArray<BitPart> Parts) : EmitUnit(Target);

internal sealed record BitPart(string Name, ItemDoc Doc, int Low, int High, string? EnumType, bool InPlace)
{
    public int Width => High - Low + 1;
}

/// <summary>The VMCS fields of all built-in specs: the enum of encodings and the table of descriptions.</summary>
internal sealed record FieldTableUnit(EmitTarget Target, EquatableArray<VmcsField> Fields) : EmitUnit(Target);

/// <summary>The typed properties for the VMCS fields of one spec file.</summary>
internal sealed record FieldPropertiesUnit(EmitTarget Target, EquatableArray<VmcsField> Fields) : EmitUnit(Target);

/// <summary>The VMCS fields of one user's spec: encodings, descriptions and extension properties.</summary>
internal sealed record FieldExtensionUnit(EmitTarget Target, string ClassName, EquatableArray<VmcsField> Fields) : EmitUnit(Target);

/// <param name="Type">C# type of the property.</param>
/// <param name="TypeKind">Whether that is a bit-field, an enum, or (null) a plain integer.</param>
/// <param name="ExistsWhen">Control bits, any of which makes the field exist; none when it always exists.</param>
/// <param name="Check">What VM entry demands of the field, if that is no more than a form of its value.</param>
internal sealed record VmcsField(
    string Name, ItemDoc Doc, ulong Encoding, string Type, SymbolKind? TypeKind, EquatableArray<string> ExistsWhen, FieldCheck? Check);

/// <param name="Form">The form of the value.</param>
/// <param name="ZeroBits">Bits that must be 0.</param>
/// <param name="Control">The control bit, as <c>BitField.Bit</c>, that must be 1 for the check to apply; null when it always applies.</param>
/// <param name="ControlField">Encoding of the field that holds the control bit.</param>
/// <param name="ControlBit">The control bit as a mask.</param>
/// <param name="See">Where the check is described.</param>
internal sealed record FieldCheck(ValueForm Form, ulong ZeroBits, string? Control, ulong ControlField, ulong ControlBit, string? See);

/// <param name="CleanFields">The member with a bit for each group of fields that has not changed.</param>
internal sealed record LayoutUnit(EmitTarget Target, string Name, ItemDoc Doc, int Size, ulong? Revision, string? CleanFields, EquatableArray<LayoutMember> Members)
    : EmitUnit(Target);

/// <param name="Encoding">The VMCS field that the member stores, if it stores one.</param>
/// <param name="IsBuiltIn">Whether that field is a member of <c>VmcsField</c> itself.</param>
/// <param name="CleanMask">The bits among the layout's clean fields that say that the member has not changed.</param>
internal sealed record LayoutMember(string Name, ItemDoc Doc, int Offset, int Size, string Type, ulong? Encoding, bool IsBuiltIn, uint CleanMask = 0);

internal sealed record MsrUnit(EmitTarget Target, string Name, EquatableArray<MsrMember> Members) : EmitUnit(Target);

internal sealed record MsrMember(string Name, ItemDoc Doc, ulong Index, string? Type);

internal sealed record StructUnit(EmitTarget Target, StructShape Shape) : EmitUnit(Target);

internal sealed record IoctlNumbersUnit(EmitTarget Target, string Name, EquatableArray<IoctlMember> Members) : EmitUnit(Target);

/// <param name="IsNative">Whether this architecture has the ioctl.</param>
internal sealed record IoctlMember(string Name, ItemDoc Doc, uint Request, string Argument, bool IsNative, EquatableArray<IoctlErrorText> Errors);

/// <summary>The methods of one class for the ioctls of its descriptor.</summary>
internal sealed record IoctlMethodsUnit(EmitTarget Target, IoctlOwner Owner, string? ExtensionClass, string NumbersClass, EquatableArray<IoctlMethod> Methods) : EmitUnit(Target);

/// <param name="ArgumentType">C# type of the argument; null for none.</param>
/// <param name="FlexibleElement">C# element type when the argument is a struct that ends in a flexible array.</param>
internal sealed record IoctlMethod(
    string Name,
    string Native,
    ItemDoc Doc,
    IoctlTakes Takes,
    string? ArgumentType,
    string? FlexibleElement,
    string Parameter,
    IoctlReturns Returns,
    EquatableArray<IoctlErrorText> Errors);

/// <summary>A source file of the runtime, for an assembly without it.</summary>
internal sealed record SupportUnit(EmitTarget Target, string Resource) : EmitUnit(Target);

/// <summary>The table of symbols for the generator itself.</summary>
internal sealed record SymbolsUnit(EmitTarget Target, string Table) : EmitUnit(Target);
