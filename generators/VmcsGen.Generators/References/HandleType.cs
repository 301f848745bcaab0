using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.References;

/// <summary>A C# type that a spec names as the one that has an ioctl, or that a call returns.</summary>
/// <param name="Name">The name, as the spec has it.</param>
/// <param name="Namespace">The namespace of the spec's code, from which the name is looked up.</param>
internal readonly record struct HandleQuery(string Name, string Namespace);

internal enum HandleForm
{
    /// <summary>There is no such type.</summary>
    None,

    /// <summary>The type is something else.</summary>
    Other,

    /// <summary>It is a SafeHandle.</summary>
    Handle,

    /// <summary>It implements IDescriptorOwner.</summary>
    Owner,
}

/// <summary>What the project and its references say of that type.</summary>
/// <param name="Query">What was looked for.</param>
/// <param name="Form">What it is.</param>
/// <param name="Reference">The type, as code in any namespace names it.</param>
/// <param name="IsPublic">Whether other assemblies see it.</param>
/// <param name="IsCreatable">Whether the project's code can create one without arguments.</param>
/// <param name="Members">The names of its members, which hide extension methods.</param>
internal sealed record HandleType(
    HandleQuery Query,
    HandleForm Form,
    string Reference = "",
    bool IsPublic = false,
    bool IsCreatable = false,
    EquatableArray<string> Members = default
);
