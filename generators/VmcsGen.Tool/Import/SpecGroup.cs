using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Names;
using VmcsGen.Tool.Headers;
using VmcsGen.Tool.SpecTexts;

namespace VmcsGen.Tool.Import;

/// <summary>A group of constants of a spec.</summary>
internal sealed class SpecGroup
{
    private readonly HashSet<string> _taken = [];
    private readonly List<CConstant> _members = [];
    private readonly Dictionary<string, YamlNode> _nodes;
    private readonly YamlMap _group;

    /// <param name="file">The spec.</param>
    /// <param name="group">The group.</param>
    /// <param name="header">The header's constants by name.</param>
    public SpecGroup(SpecFile file, YamlMap group, IReadOnlyDictionary<string, CConstant> header)
    {
        File = file;
        _group = group;
        _nodes = SpecFile
            .List(group, "values")
            .GroupBy(static node => node.Text("name") ?? "")
            .ToDictionary(static names => names.Key, static names => (YamlNode)names.First());
        foreach (var node in SpecFile.List(group, "values"))
        {
            var name = node.Text("name") ?? "";
            _taken.Add(node.Text("csharp") ?? CSharpNames.Pascal(name, Prefix));
            if (header.TryGetValue(name, out var constant))
                _members.Add(constant);
        }
    }

    /// <summary>The spec.</summary>
    public SpecFile File { get; }

    /// <summary>The prefix that C# names lose.</summary>
    public string Prefix => _group.Text("prefix") ?? "";

    /// <summary>Whether its members need have nothing to do with each other.</summary>
    public bool IsGeneral => Form == "constants";

    private YamlList? List => _group["values"] as YamlList;

    private string Form => _group.Text("form") ?? "";

    /// <summary>Bits of a group's type.</summary>
    public static int SizeOf(YamlMap group) => SpecNumber.TryParse(group.Text("size") ?? "32", out var size) ? (int)size : 32;

    /// <summary>Whether a constant can be put into it.</summary>
    public bool Takes(CConstant constant)
    {
        if (!ListEditing.CanGrow(List) || !CSharpNaming.CanFollow(constant.Name, Prefix))
            return false;
        if (constant.Text is not null)
            return IsGeneral;
        var value = constant.Value < 0 && ConstantText.IsUnsigned(constant) ? constant.Value + (1L << 32) : constant.Value;
        var size = SizeOf(_group);
        if (_group.Is("signed") ? value < -((Int128)1 << (size - 1)) || value >= (Int128)1 << (size - 1) : value < 0 || value >> size != 0)
            return false;
        // Flags that have bits in common are warned of.
        return Form != "flags" || (Int128.IsPow2(value) && _members.TrueForAll(other => (other.Value & value) == 0));
    }

    /// <summary>How near the header has one of its members: 0 is the next before, larger numbers are farther away.</summary>
    public int DistanceTo(CConstant constant) =>
        _members
            .Where(member => member.Place.Header == constant.Place.Header)
            .Select(member => member.Place.Order < constant.Place.Order ? constant.Place.Order - member.Place.Order : int.MaxValue - 1)
            .DefaultIfEmpty(int.MaxValue)
            .Min();

    /// <summary>Puts a constant behind the one that it follows in the header.</summary>
    public TextEdit Insert(CConstant constant, IReadOnlySet<string> known)
    {
        var before = _members
            .Where(member => member.Place.Order < constant.Place.Order && _nodes.ContainsKey(member.Name))
            .MaxBy(static member => member.Place.Order);
        var lines = ConstantText.Of(constant, ListEditing.IndentOf(File.Text, List!), SizeOf(_group), Prefix, _taken, known);
        _members.Add(constant);
        return ListEditing.Insert(File.Text, List!, before is null ? null : _nodes[before.Name], lines);
    }
}
