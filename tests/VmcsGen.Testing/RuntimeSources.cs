using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace VmcsGen.Testing;

/// <summary>What the runtime is made of: the built-in specs and its hand-written sources, read from the repository.</summary>
public static class RuntimeSources
{
    /// <summary>The repository around the running tests.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The built-in specs.</summary>
    public static IReadOnlyList<SpecText> Specs { get; } =
    [.. Files("spec", "*.yaml").Select(static path => new SpecText(Path.GetRelativePath(Root, path), File.ReadAllText(path)))];

    /// <summary>The specs of a project of ours that has some of its own.</summary>
    /// <param name="folder">The project's folder, from the repository's root.</param>
    public static IReadOnlyList<SpecText> SpecsIn(string folder) =>
        [.. Files(folder, "*.vmcs.yaml").Select(static path => new SpecText(Path.GetRelativePath(Root, path), File.ReadAllText(path)))];

    /// <summary>Specs of interfaces that are not KVM's, as a project would have them: a project for each.</summary>
    public static IReadOnlyList<SpecText[]> ForeignSpecs { get; } =
    [
        .. Files(Path.Combine("tests", "VmcsGen.Oracle.Tests", "Foreign"), "*.yaml")
            .Select(static path => new SpecText(Path.GetFileName(path), File.ReadAllText(path)))
            .GroupBy(static spec => spec.Path.Split('.')[0])
            .Select(static specs => specs.ToArray()),
    ];

    /// <summary>The texts of the hand-written sources of all assemblies that people reference.</summary>
    public static IReadOnlyList<string> HandWritten { get; } =
    [
        .. Files("runtime", "*.cs")
            .Where(static path => !Path.GetRelativePath(Root, path).Contains("VmcsGen.Agent", StringComparison.Ordinal))
            .Select(File.ReadAllText),
    ];

    /// <summary>Whether a spec is one of the built-in ones.</summary>
    /// <param name="path">The path of the spec, from the repository's root or from that of the machine.</param>
    public static bool IsBuiltIn(string path) =>
        Path.GetFullPath(path, Root).StartsWith(Path.Combine(Root, "spec") + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static IEnumerable<string> Files(string folder, string pattern) =>
        Directory
            .EnumerateFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories)
            .Where(static path =>
                !Path.GetRelativePath(Root, path).Split(Path.DirectorySeparatorChar).Any(static part => part is "bin" or "obj")
            )
            .Order(StringComparer.Ordinal);

    private static string FindRoot()
    {
        for (var directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            if (File.Exists(Path.Combine(directory, "Directory.Packages.props")))
                return directory;
        }
        throw new DirectoryNotFoundException($"{AppContext.BaseDirectory} lies in no checkout of the repository.");
    }
}
