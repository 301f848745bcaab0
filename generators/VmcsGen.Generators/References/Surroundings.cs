using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.References;

/// <summary>What specs may refer to that no spec of the project declares.</summary>
/// <param name="Handles">The C# types that ioctls name.</param>
internal sealed record Surroundings(EquatableArray<HandleType> Handles = default);
