using System.Collections.Generic;

namespace VmcsGen.Architecture.Tests;

/// <summary>A project whose folders are rooms.</summary>
/// <param name="Folder">The project's folder, from the root of the repository.</param>
/// <param name="Namespace">The namespace of what stands in the folder itself.</param>
/// <param name="MayUse">For each room the rooms that it may use.</param>
public sealed record Building(string Folder, string Namespace, IReadOnlyDictionary<string, string[]> MayUse)
{
    /// <summary>Sources of another project that this one is compiled with, from the root of the repository.</summary>
    public IReadOnlyList<string> Linked { get; init; } = [];
}
