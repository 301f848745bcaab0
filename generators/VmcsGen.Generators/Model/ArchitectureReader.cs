using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Specs;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Model;

/// <summary>Reads which machines a file or a member is about: one, several, or all of them.</summary>
internal static class ArchitectureReader
{
    public const string Key = "architecture";

    private const string Any = "any";

    /// <summary>The machines; none where nothing is said.</summary>
    public static EquatableArray<Architecture> Read(MapReader map, ErrorList errors)
    {
        // Every member and constant is asked, and hardly one says anything.
        if (map.Texts(Key) is not { Count: > 0 } texts)
            return default;
        var found = new List<Architecture>();
        foreach (var text in texts)
        {
            if (text.Value == Any)
                found.AddRange(Architecture.All);
            else if (Architecture.Find(text.Value) is { } architecture)
                found.Add(architecture);
            else
            {
                var words = Architecture.All.Select(static one => one.Name).Append(Any).ToArray();
                map.Fail(
                    DiagnosticIds.WrongValue,
                    text.At,
                    $"'{text.Value}'",
                    Key,
                    "one of " + string.Join(", ", words),
                    errors.Suggest(text.Value, words)
                );
            }
        }
        return found.Distinct().ToEquatable();
    }
}
