using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using VmcsGen.Generators.Specs;

namespace VmcsGen.Generators.Model;

/// <summary>
/// The names of what has a mistake. Other items may refer to them: these cannot be emitted either, but the mistake is named once, and
/// not at each reference.
/// </summary>
internal static class BrokenNames
{
    private const string Key = "name";

    private static readonly Regex Stated = new(
        @"\bname\s*:\s*[""']?(?<name>[A-Za-z_][A-Za-z0-9_]*)",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture
    );

    /// <summary>All names in a node: those of items, and of their parts.</summary>
    public static IEnumerable<string> In(SpecNode node) =>
        node switch
        {
            SpecList list => list.Items.SelectMany(In),
            SpecMap map => map.Entries.SelectMany(static entry =>
                entry is { Key.Text: Key, Value: SpecScalar name } ? [name.Text] : In(entry.Value)
            ),
            _ => [],
        };

    /// <summary>All names in a text that is not valid YAML.</summary>
    public static IEnumerable<string> In(string text) =>
        Stated.Matches(text).Cast<Match>().Select(static match => match.Groups["name"].Value);
}
