using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Architecture.Tests;

/// <summary>A project whose folders are rooms.</summary>
/// <param name="Folder">The project's folder, from the root of the repository.</param>
/// <param name="Namespace">The namespace of what stands in the folder itself.</param>
/// <param name="MayUse">For each room the rooms that it may use.</param>
public sealed record Building(string Folder, string Namespace, IReadOnlyDictionary<string, string[]> MayUse)
{
    /// <summary>The facades, as rules name them.</summary>
    public const string FacadeLayer = "(facades)";

    /// <summary>Sources of another project that this one is compiled with, from the root of the repository.</summary>
    public IReadOnlyList<string> Linked { get; init; } = [];

    /// <summary>The assembly, which others may show their internals.</summary>
    public string AssemblyName { get; init; } = "Sources";

    /// <summary>Assemblies of ours that the project refers to, each with its aliases.</summary>
    public IReadOnlyDictionary<string, string[]> References { get; init; } = new Dictionary<string, string[]>();

    /// <summary>Folders with specs that code is generated from into the project.</summary>
    public IReadOnlyList<string> Specs { get; init; } = [];

    /// <summary>Whether the specs are the project's own, as those of a user's project, and not built-in ones.</summary>
    public bool AddsSpecs => Specs.All(folder => folder.StartsWith(Folder, System.StringComparison.Ordinal)) && Specs.Count > 0;

    /// <summary>
    /// Rooms whose namespace has not their name: what is used together is in one namespace, though it lies in several rooms.
    /// </summary>
    public IReadOnlyDictionary<string, string> Namespaces { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Types that users hold, of which each room has the part that shows it: those parts are a layer above the rooms. What a part uses is
    /// not its room's use, and a room whose own types use one states <see cref="FacadeLayer"/>.
    /// </summary>
    public IReadOnlySet<string> Facades { get; init; } = new HashSet<string>();

    /// <summary>The namespace of a room.</summary>
    public string NamespaceOf(string room) => Namespaces.TryGetValue(room, out var other) ? other : $"{Namespace}.{room}";
}
