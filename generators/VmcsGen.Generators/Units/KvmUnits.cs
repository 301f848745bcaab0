using VmcsGen.Generators.Abi;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Units;

internal sealed record StructUnit(EmitTarget Target, StructShape Shape) : EmitUnit(Target);

/// <param name="IsOwn">Whether the numbers are those of a project's own specs, and not KVM's.</param>
internal sealed record IoctlNumbersUnit(EmitTarget Target, string Name, bool IsOwn, EquatableArray<IoctlMember> Members) : EmitUnit(Target);

/// <param name="IsNative">Whether this architecture has the ioctl.</param>
/// <param name="Parameter">What the argument is called, if it is passed by value.</param>
/// <param name="CapabilityNumber">The number of the capability that announces it, if the project's specs declare that.</param>
internal sealed record IoctlMember(
    string Name,
    ItemDoc Doc,
    uint Request,
    string Argument,
    bool IsNative,
    string? Parameter,
    uint? CapabilityNumber,
    EquatableArray<IoctlErrorText> Errors
);

/// <summary>The methods of one class for the ioctls of its descriptor.</summary>
/// <param name="Owner">The class.</param>
/// <param name="Form">How its descriptor is reached.</param>
/// <param name="ExtensionClass">The class that extends it; null when the methods are its own.</param>
internal sealed record IoctlMethodsUnit(
    EmitTarget Target,
    string Owner,
    IoctlOwnerForm Form,
    string? ExtensionClass,
    string NumbersClass,
    EquatableArray<IoctlMethod> Methods
) : EmitUnit(Target);

/// <summary>How the descriptor of an ioctl's class is reached.</summary>
internal enum IoctlOwnerForm
{
    /// <summary>The class is one of the runtime's.</summary>
    Kvm,

    /// <summary>It is a SafeHandle.</summary>
    Handle,

    /// <summary>It is an IDescriptorOwner.</summary>
    Owner,
}

/// <param name="ArgumentType">C# type of the argument; null for none.</param>
/// <param name="FlexibleElement">C# element type when the argument is a struct that ends in a flexible array.</param>
/// <param name="ResultType">C# type of the result.</param>
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
    string ResultType,
    string? Prefer,
    EquatableArray<IoctlErrorText> Errors
);

/// <summary>What an error of an ioctl means.</summary>
/// <param name="Errno">The kernel's name of the error.</param>
/// <param name="Text">What it means for this ioctl.</param>
internal readonly record struct IoctlErrorText(string Errno, string Text);
