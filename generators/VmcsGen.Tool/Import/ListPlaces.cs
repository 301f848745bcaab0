using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Tool.Headers;
using VmcsGen.Tool.SpecTexts;

namespace VmcsGen.Tool.Import;

/// <summary>Where in specs an item belongs: behind the one that it follows in the header.</summary>
/// <param name="files">The specs.</param>
/// <param name="items">The items of a spec, each with the element of the list that it is in.</param>
/// <param name="order">The places of the header's items among its declarations.</param>
internal sealed class ListPlaces(
    IReadOnlyList<SpecFile> files,
    Func<SpecFile, IEnumerable<(string Name, YamlNode Node)>> items,
    IReadOnlyDictionary<string, int> order
)
{
    private readonly (SpecFile File, YamlNode Node, int Order)[] _places =
    [
        .. files
            .SelectMany(file => items(file).Select(item => (File: file, item.Node, Order: order.GetValueOrDefault(item.Name, -1))))
            .Where(static place => place.Order >= 0)
            .OrderBy(static place => place.Order),
    ];

    /// <summary>Finds the spec, and the element that it comes behind: null for the beginning. There may be no spec for it.</summary>
    public (SpecFile File, YamlNode? After)? Find(CPlace place)
    {
        var mine = _places.Where(one => one.File.Header == place.Header).ToArray();
        if (mine.LastOrDefault(one => one.Order < place.Order) is { File: { } before } found)
            return (before, found.Node);
        if (mine.FirstOrDefault() is { File: { } after })
            return (after, null);
        // A spec of which the header has nothing: its end.
        return files.FirstOrDefault(file => file.Header == place.Header) is { } empty
            ? (empty, items(empty).Select(static item => item.Node).LastOrDefault())
            : null;
    }
}
