using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using YamlDotNet.RepresentationModel;

namespace VmcsGen.Oracle.Tests.Mutations;

/// <summary>One number of a spec, changed.</summary>
/// <param name="Path">The spec, from the root of the repository.</param>
/// <param name="Item">The item, by its <c>name</c> or <c>field</c>, which is unique in the file.</param>
/// <param name="Key">The item's key whose value is changed.</param>
/// <param name="Value">The new value.</param>
/// <param name="Named">What the comparison with the facts must name.</param>
internal sealed record SpecEdit(string Path, string Item, string Key, string Value, string Named)
{
    /// <summary>Edits the text of the spec.</summary>
    public string Apply(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        var items = Maps(stream.Documents.Single().RootNode)
            .Where(map => Text(map, "name") == Item || Text(map, "field") == Item)
            .ToArray();
        if (items.Length != 1)
            throw new InvalidOperationException($"{Path} has {items.Length} items called {Item}.");
        var value = items[0].Children[Key];
        var (start, end) = ((int)value.Start.Index, (int)value.End.Index);
        if (text[start..end] == Value)
            throw new InvalidOperationException($"{Path}: {Item} has the value {Value} already.");
        return string.Concat(text.AsSpan(0, start), Value, text.AsSpan(end));
    }

    private static IEnumerable<YamlMappingNode> Maps(YamlNode node) =>
        node switch
        {
            YamlMappingNode map => map.Children.Values.SelectMany(Maps).Prepend(map),
            YamlSequenceNode list => list.SelectMany(Maps),
            _ => [],
        };

    private static string? Text(YamlMappingNode map, string key) =>
        map.Children.TryGetValue(key, out var value) ? (value as YamlScalarNode)?.Value : null;
}
