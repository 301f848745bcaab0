using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;

namespace VmcsGen.Oracle.Tests.Schemas;

/// <summary>Copies of a JSON document with one change each.</summary>
internal static class JsonMutations
{
    /// <summary>For each node of a type: its path, and the document in which that node alone was changed.</summary>
    public static IEnumerable<(string Path, string Json)> Each<TNode>(JsonNode document, Action<TNode> change)
        where TNode : JsonNode
    {
        for (var i = 0; i < Nodes(document).OfType<TNode>().Count(); i++)
        {
            var copy = document.DeepClone();
            var node = Nodes(copy).OfType<TNode>().ElementAt(i);
            var path = node.GetPath();
            change(node);
            yield return (path, copy.ToJsonString());
        }
    }

    private static IEnumerable<JsonNode> Nodes(JsonNode? node) =>
        node switch
        {
            JsonObject o => o.SelectMany(static p => Nodes(p.Value)).Prepend(o),
            JsonArray a => a.SelectMany(Nodes).Prepend(a),
            null => [],
            _ => [node],
        };
}
