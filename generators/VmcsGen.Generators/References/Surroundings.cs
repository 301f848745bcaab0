using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.References;

/// <summary>What specs may refer to that no spec of the project declares.</summary>
/// <param name="Handles">The C# types that ioctls name.</param>
/// <param name="Assemblies">The referenced assemblies that were made of specs.</param>
internal sealed record Surroundings(EquatableArray<HandleType> Handles = default, EquatableArray<ReferencedSpecs> Assemblies = default)
{
    /// <summary>What the classes of the runtime that specs extend have already.</summary>
    public ClassMembers Members { get; init; } = ClassMembers.None;

    /// <summary>The full names of the types of the project's own that lie where the code of specs goes.</summary>
    public EquatableArray<string> Types { get; init; }
}
