using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Support;

namespace VmcsGen.Oracle.Tests.Kvm;

/// <summary>Which release a spec says that an item is in since, against the recorded kernels.</summary>
internal static class SinceComparison
{
    private static readonly string[] s_lists = ["structs", "ioctls", "groups", "values", "members", "struct", "union"];

    /// <returns>How many were compared.</returns>
    public static int Compare(JsonElement spec, Differences differences)
    {
        var compared = 0;
        foreach (var (name, since) in Stated(spec, ""))
        {
            compared++;
            if (ReleaseFacts.All.Objection(name, since) is { } objection)
                differences.Add(name, objection);
        }
        return compared;
    }

    // Members by their paths, as C code writes them: what has no name is its parent's.
    private static IEnumerable<(string Name, string Since)> Stated(JsonElement node, string prefix)
    {
        if (node.ValueKind == JsonValueKind.Array)
            return node.EnumerateArray().SelectMany(item => Stated(item, prefix));
        if (node.ValueKind != JsonValueKind.Object)
            return [];
        var isNamed = node.TryGetProperty("name", out var name);
        // A group of constants is the spec's own.
        var isGroup = node.TryGetProperty("values", out _);
        var path = isNamed && !isGroup ? prefix + name.GetString() : prefix.TrimEnd('.');
        var inner =
            isGroup ? ""
            : path.Length == 0 ? ""
            : path + (node.TryGetProperty("dims", out _) ? "[]." : ".");
        var below = node.EnumerateObject()
            .Where(static property => s_lists.Contains(property.Name))
            .SelectMany(property => Stated(property.Value, inner));
        return isNamed && !isGroup && node.TryGetProperty("since", out var since) ? below.Prepend((path, since.GetString()!)) : below;
    }
}
