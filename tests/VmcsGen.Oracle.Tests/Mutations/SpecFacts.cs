using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using VmcsGen.Oracle.Tests.Kvm;
using VmcsGen.Oracle.Tests.Support;
using VmcsGen.Vmx;
using YamlDotNet.RepresentationModel;

namespace VmcsGen.Oracle.Tests.Mutations;

/// <summary>Every number and every check of the built-in specs, each with an edit that makes it wrong.</summary>
internal static class SpecFacts
{
    private static readonly Dictionary<string, string> s_forms = new()
    {
        ["canonical"] = "physical-address",
        ["physical-address"] = "canonical",
        ["nonzero"] = "canonical",
        ["memory-types"] = "canonical",
    };

    // Numbers that can change places with each other inside a list of items.
    private static readonly string[] s_exchanged =
    [
        "bit",
        "value",
        "encoding",
        "index",
        "number",
        "offset",
        "capability",
        "activated-by",
        "when",
    ];

    // What cannot: the number of an item alone, and what makes another of it.
    private static readonly Dictionary<string, Func<string, string>> s_changed = new()
    {
        ["bits"] = Narrower,
        ["size"] = static size => Text(Number(size) == 64 ? 32 : Math.Max(Number(size) * 2, 8)),
        ["length"] = static length => Text(Number(length) + 1),
        ["revision"] = static revision => Text(Number(revision) + 1),
        ["leaf"] = static leaf => Text(Number(leaf) ^ 0x80),
        ["subleaf"] = static subleaf => Text(Number(subleaf) + 16),
        ["zero-bits"] = Narrower,
        ["bit"] = static bit => Text((Number(bit) + 1) % 32),
        ["value"] = static value => s_forms.TryGetValue(value, out var other) ? other : Text(Number(value) + 1),
        ["encoding"] = static encoding => Text(Number(encoding) + 0x100),
        ["index"] = static index => Text(Number(index) + 0x40),
        ["number"] = static number => Text(Number(number) ^ 0x10),
        ["offset"] = static offset => Text(Number(offset) + 4),
    };

    /// <summary>Of specs that x86-64 has.</summary>
    public static IReadOnlyList<SpecEdit> Edits { get; } =
    [
        .. Specs
            .Paths.Where(static path => path.StartsWith("spec/", StringComparison.Ordinal) && !KvmMachine.IsOfOne(path))
            .SelectMany(EditsOf),
    ];

    /// <summary>Of specs of other machines.</summary>
    public static IReadOnlyList<SpecEdit> EditsOfMachines { get; } = [.. Specs.Paths.Where(KvmMachine.IsOfOne).SelectMany(EditsOf)];

    private static IEnumerable<SpecEdit> EditsOf(string path)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(Specs.Text(path)));
        var values = ValuesOf(path, stream.Documents.Single().RootNode, "", "").ToArray();
        foreach (var group in values.GroupBy(static value => (value.List, value.Key, value.Kind)))
        {
            // The first half with the second: neighbours in the order may be alike. Where one is left over, three change places.
            var ordered = group.OrderBy(static value => value.Text, StringComparer.Ordinal).ToArray();
            var half = ordered.Length / 2;
            List<SpecValue> left = [.. ordered];
            for (var i = 0; i < half && Array.IndexOf(s_exchanged, group.Key.Key) >= 0; i++)
            {
                SpecValue[] circle = [ordered[i], ordered[half + i], .. i == 0 ? ordered.Skip(2 * half) : []];
                if (circle.Select(static value => value.Text).Distinct().Count() != circle.Length)
                    continue;
                yield return Exchange(path, circle);
                left.RemoveAll(circle.Contains);
            }
            foreach (var value in left)
            {
                if (s_changed.TryGetValue(value.Key, out var change))
                    yield return new($"{path}: {value.Key} of {value.Name}", value.Key, [value.Become(change(value.Text))], value.IsAlone);
            }
        }
    }

    private static SpecEdit Exchange(string path, SpecValue[] circle) =>
        new(
            $"{path}: {circle[0].Key} of {string.Join(" and ", circle.Select(static value => value.Name))}",
            circle[0].Key,
            [.. circle.Select((value, i) => value.Become(circle[(i + 1) % circle.Length].Text))]
        );

    private static IEnumerable<SpecValue> ValuesOf(string path, YamlNode node, string list, string owner)
    {
        switch (node)
        {
            case YamlSequenceNode sequence:
                return sequence.SelectMany((item, i) => ValuesOf(path, item, Invariant($"{list}/{sequence.Start.Index}"), owner));
            case YamlMappingNode map:
                var name = (Named(map) as YamlScalarNode)?.Value ?? owner;
                return map.Children.SelectMany(child =>
                    child.Value is YamlSequenceNode or YamlMappingNode
                        ? ValuesOf(path, child.Value, list, name)
                        : ValueOf(path, map, (YamlScalarNode)child.Key, (YamlScalarNode)child.Value, list, name)
                );
            default:
                return [];
        }
    }

    private static IEnumerable<SpecValue> ValueOf(
        string path,
        YamlMappingNode item,
        YamlScalarNode key,
        YamlScalarNode value,
        string list,
        string name
    )
    {
        if (Array.IndexOf(s_exchanged, key.Value) < 0 && !s_changed.ContainsKey(key.Value!))
            return [];
        // Which capability tells of an ioctl is prose of the kernel's documentation; what is quoted is no number.
        if (key.Value == "capability" && path.StartsWith("spec/kvm", StringComparison.Ordinal))
            return [];
        // The width of a C# type is no fact of the interface: those of members and fields are.
        if (
            key.Value == "size"
            && (
                path.StartsWith("spec/vmx/enums", StringComparison.Ordinal)
                || (path.StartsWith("spec/kvm/", StringComparison.Ordinal) && item.Children.ContainsKey("values"))
            )
        )
            return [];
        if (value.Style != YamlDotNet.Core.ScalarStyle.Plain)
            return [];
        return [new(path, Named(item) ?? item, value, list, key.Value!, KindOf(item, key.Value!, value.Value!), name, value.Value!)];
    }

    // What changes places must be of one kind: fields of one width and type, members of one size, bits of one register.
    private static string KindOf(YamlMappingNode item, string key, string value) =>
        key switch
        {
            "encoding" => Text(Number(value) & 0x6C00),
            "offset" => Scalar(item, "field") is { } field ? SizeOf(field) : Scalar(item, "type") ?? "",
            "bit" => $"{Scalar(item, "leaf")} {Scalar(item, "subleaf")} {Scalar(item, "register")}",
            "value" => s_forms.ContainsKey(value) ? value : "number",
            _ => "",
        };

    private static string SizeOf(string field) => Enum.TryParse<VmcsField>(field, out var encoding) ? Text((ulong)encoding.Size) : field;

    private static string Narrower(string bits)
    {
        if (bits.Split('-') is not [var low, var high])
            return Text(Number(bits) == 0 ? 1 : Number(bits) - 1);
        return Number(high) - Number(low) == 1 ? low : $"{low}-{Text(Number(high) - 1)}";
    }

    private static ulong Number(string text) =>
        text.StartsWith("0x", StringComparison.Ordinal)
            ? ulong.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
            : (ulong)Int128.Parse(text, CultureInfo.InvariantCulture);

    private static string Text(ulong number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);

    private static YamlNode? Named(YamlMappingNode map) =>
        map.Children.TryGetValue("name", out var name) || map.Children.TryGetValue("field", out name) ? name : null;

    private static string? Scalar(YamlMappingNode map, string key) =>
        map.Children.TryGetValue(key, out var value) ? (value as YamlScalarNode)?.Value : null;

    private sealed record SpecValue(
        string Path,
        YamlNode NameNode,
        YamlScalarNode Node,
        string List,
        string Key,
        string Kind,
        string Name,
        string Text
    )
    {
        // What another item may have already, or what others must fit.
        public bool IsAlone =>
            Key is "bit" or "length" or "value" or "offset" or "encoding" or "index" or "number"
            || (Key == "bits" && !Text.Contains('-', StringComparison.Ordinal))
            || (Key == "size" && !Path.StartsWith("spec/kvm/structs", StringComparison.Ordinal));

        public SpecChange Become(string text) => SpecChange.Of(Path, NameNode, Node, text);
    }
}
