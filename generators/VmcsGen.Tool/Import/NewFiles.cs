using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using VmcsGen.Tool.SpecTexts;
using Architecture = VmcsGen.Generators.Model.Architecture;

namespace VmcsGen.Tool.Import;

/// <summary>What a new spec has.</summary>
internal enum NewFileKind
{
    /// <summary>Structs.</summary>
    Structs,

    /// <summary>Groups of constants.</summary>
    Constants,

    /// <summary>Ioctls.</summary>
    Ioctls,
}

/// <summary>Specs for headers that no spec is of.</summary>
/// <param name="folder">The folder that they get into.</param>
/// <param name="isPublic">Whether their types are public.</param>
/// <param name="architecture">The machine that they are about.</param>
internal sealed class NewFiles(string folder, bool isPublic, Architecture architecture)
{
    /// <summary>How many blanks stand in front of the elements of their lists.</summary>
    public const int Indent = 2;

    private static readonly Dictionary<NewFileKind, (string Name, string List)> s_kinds = new()
    {
        [NewFileKind.Structs] = ("structs", "structs"),
        [NewFileKind.Constants] = ("constants", "groups"),
        [NewFileKind.Ioctls] = ("ioctls", "ioctls"),
    };

    private readonly Dictionary<string, StringBuilder> _texts = [];
    private readonly Dictionary<string, uint> _ioctlTypes = [];

    /// <summary>The type byte that the spec of a header's ioctls states for all of them: that of the first.</summary>
    public uint IoctlType(string header, uint type) => _ioctlTypes.TryAdd(header, type) ? type : _ioctlTypes[header];

    /// <summary>Adds an element of a list, and returns the path of the spec.</summary>
    public string Add(string header, NewFileKind kind, IEnumerable<string> lines)
    {
        var (name, list) = s_kinds[kind];
        var path = Path.Combine(folder, $"{ConstantGroup.HeaderStem(header)}.{name}.vmcs.yaml");
        if (!_texts.TryGetValue(path, out var text))
        {
            text = _texts[path] = new StringBuilder();
            text.Append(CultureInfo.InvariantCulture, $"kind: kvm-{name}\n");
            if (isPublic)
                text.Append("visibility: public\n");
            text.Append(CultureInfo.InvariantCulture, $"header: {header}\n");
            if (!architecture.IsX64)
                text.Append(CultureInfo.InvariantCulture, $"architecture: {architecture.Name}\n");
            if (kind == NewFileKind.Ioctls)
                text.Append(CultureInfo.InvariantCulture, $"type: {IoctlText.Type(_ioctlTypes[header])}\n");
            text.Append(CultureInfo.InvariantCulture, $"{list}:\n");
        }
        text.AppendJoin('\n', lines).Append('\n');
        return path;
    }

    /// <summary>The specs with these.</summary>
    public SpecSet AddTo(SpecSet specs) =>
        _texts.Count == 0
            ? specs
            : new(
                specs
                    .Files.Where(file => !_texts.ContainsKey(file.Path))
                    .Concat(
                        _texts
                            .OrderBy(static one => one.Key, StringComparer.Ordinal)
                            .Select(static one => new SpecFile(one.Key, one.Value.ToString()))
                    ),
                architecture
            );
}
