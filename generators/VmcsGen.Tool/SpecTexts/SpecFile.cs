using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Model;

namespace VmcsGen.Tool.SpecTexts;

/// <summary>A spec of an interface of C.</summary>
internal sealed class SpecFile
{
    // In place of the names of all machines.
    private const string Any = "any";

    /// <param name="path">Where it lies.</param>
    /// <param name="text">Its text.</param>
    public SpecFile(string path, string text)
    {
        Path = path;
        Text = text;
        Root = YamlReader.Read(path, text);
        Structs = [.. Items("structs").Select(node => new SpecStruct(this, node))];
        Constants =
        [
            .. Items("groups")
                .SelectMany(group => List(group, "values").Select(node => new SpecConstant(this, group, node)))
                .Where(static constant => constant.Name.Length > 0),
        ];
        Ioctls = [.. Items("ioctls").Select(node => new SpecIoctl(this, node))];
    }

    /// <summary>Where it lies.</summary>
    public string Path { get; }

    /// <summary>Its text.</summary>
    public string Text { get; }

    /// <summary>What it says.</summary>
    public YamlMap Root { get; }

    /// <summary>Its kind.</summary>
    public string Kind => Root.Text("kind") ?? "";

    /// <summary>The header whose items it has.</summary>
    public string? Header => Root.Text("header");

    /// <summary>Whether it is about several machines: sizes and request numbers that it states are those of x86-64.</summary>
    public bool IsShared => Architectures.Count > 1 || Architectures.Contains(Any);

    /// <summary>Whether it is about a machine.</summary>
    public bool Holds(Architecture architecture) => Architectures.Count == 0 ? architecture.IsX64 : IsAmong(Architectures, architecture);

    /// <summary>Whether a machine has a part of a spec.</summary>
    public static bool Exists(YamlMap node, Architecture architecture) =>
        ArchitecturesOf(node) is var names && (names.Count == 0 || IsAmong(names, architecture));

    private static bool IsAmong(IReadOnlyList<string> names, Architecture architecture) =>
        names.Contains(Any) || names.Contains(architecture.Name);

    private static IReadOnlyList<string> ArchitecturesOf(YamlMap node) =>
        node["architecture"] switch
        {
            YamlList list => [.. list.Items.OfType<YamlScalar>().Select(static item => item.Text)],
            _ => node.Text("architecture") is { } one ? [one] : [],
        };

    private IReadOnlyList<string> Architectures => ArchitecturesOf(Root);

    /// <summary>Its structs.</summary>
    public IReadOnlyList<SpecStruct> Structs { get; }

    /// <summary>Its constants.</summary>
    public IReadOnlyList<SpecConstant> Constants { get; }

    /// <summary>Its ioctls.</summary>
    public IReadOnlyList<SpecIoctl> Ioctls { get; }

    /// <summary>The line of a part of it, from 1.</summary>
    public int Line(YamlNode node) => 1 + Text.AsSpan(0, Math.Min(node.Start, Text.Length)).Count('\n');

    /// <summary>The mappings that a list holds; nothing when there is no such list.</summary>
    public static IEnumerable<YamlMap> List(YamlMap map, string key) => (map[key] as YamlList)?.Maps ?? [];

    private IEnumerable<YamlMap> Items(string key) => List(Root, key);
}
