using VmcsGen.Generators.Abi;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Units;

internal sealed record StructUnit(EmitTarget Target, StructShape Shape) : EmitUnit(Target);

internal sealed record IoctlNumbersUnit(EmitTarget Target, string Name, EquatableArray<IoctlMember> Members) : EmitUnit(Target);

/// <param name="IsNative">Whether this architecture has the ioctl.</param>
internal sealed record IoctlMember(
    string Name,
    ItemDoc Doc,
    uint Request,
    string Argument,
    bool IsNative,
    EquatableArray<IoctlErrorText> Errors
);

/// <summary>The methods of one class for the ioctls of its descriptor.</summary>
/// <param name="Owner">The class.</param>
/// <param name="ExtensionClass">The class that extends it; null when the methods are its own.</param>
internal sealed record IoctlMethodsUnit(
    EmitTarget Target,
    string Owner,
    string? ExtensionClass,
    string NumbersClass,
    EquatableArray<IoctlMethod> Methods
) : EmitUnit(Target);

/// <param name="ArgumentType">C# type of the argument; null for none.</param>
/// <param name="FlexibleElement">C# element type when the argument is a struct that ends in a flexible array.</param>
/// <param name="Prefer">What most programs call instead, as a reference in documentation; null for nothing.</param>
internal sealed record IoctlMethod(
    string Name,
    string Native,
    ItemDoc Doc,
    IoctlTakes Takes,
    string? ArgumentType,
    string? FlexibleElement,
    string Parameter,
    IoctlReturns Returns,
    string? Prefer,
    EquatableArray<IoctlErrorText> Errors
);
