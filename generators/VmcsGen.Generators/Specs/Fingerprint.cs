using System.Linq;

namespace VmcsGen.Generators.Specs;

/// <summary>
/// Numbers by which the same YAML is known again, in another file or assembly: FNV-1a of keys and values, without what is said for readers
/// alone.
/// </summary>
internal static class Fingerprint
{
    private static readonly string[] Documentation = ["doc", "see", "since"];

    private const ulong Basis = 0xCBF29CE484222325;
    private const ulong Prime = 0x100000001B3;

    public static ulong Of(SpecNode node, int seed = 0) => Add(unchecked((Basis ^ (ulong)seed) * Prime), node);

    public static ulong Of(string text) => Add(Basis, text);

    private static ulong Add(ulong hash, SpecNode node) =>
        node switch
        {
            SpecScalar scalar => Add(hash, scalar.Text),
            SpecList list => Add(list.Items.Aggregate(Add(hash, "["), Add), "]"),
            SpecMap map => Add(
                map.Entries.Where(static entry => !Documentation.Contains(entry.Key.Text))
                    .Aggregate(Add(hash, "{"), static (hash, entry) => Add(Add(hash, entry.Key.Text), entry.Value)),
                "}"
            ),
            _ => hash,
        };

    // The length tells where a text ends.
    private static ulong Add(ulong hash, string text) =>
        text.Aggregate(unchecked((hash ^ (ulong)text.Length) * Prime), static (hash, c) => unchecked((hash ^ c) * Prime));
}
