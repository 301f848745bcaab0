using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using VmcsGen.Testing;

namespace VmcsGen.Generators.Tests.Properties;

/// <summary>
/// The built-in specs as a user's: each file alone in a project, with names and encodings of its own, and everything that it
/// refers to built in. So real files of every kind go through the whole generator.
/// </summary>
internal static partial class OwnVariant
{
    public static IReadOnlyList<SpecText> All { get; } =
    [.. RuntimeSources.Specs.Where(static s => s.Text.Contains("\nkind:", System.StringComparison.Ordinal)).Select(Of)];

    private static SpecText Of(SpecText spec)
    {
        var text = Name()
            .Replace(
                spec.Text,
                static m =>
                    m.Value.StartsWith("KVM_", System.StringComparison.Ordinal) ? "KVM_OWN_"
                    : m.Value.StartsWith("kvm_", System.StringComparison.Ordinal) ? "own_kvm_"
                    : "Own" + m.Value
            );
        text = Encoding()
            .Replace(
                text,
                static m => $"0x{ulong.Parse(m.ValueSpan[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture) | 0x180:X}"
            );
        // No built-in feature is told of by the leaves of vendors.
        text = Leaf()
            .Replace(
                text,
                static m =>
                    $"0x{(ulong.Parse(m.ValueSpan[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture) & 0xFF) | ((uint)m.Length << 4 & 0x80) | 0xC0000000:X}"
            );
        return new(spec.Path, text);
    }

    // Of items and of the values in a group; members have names in lower case and no prefix.
    [GeneratedRegex("(?<=(?:name|clean-fields): )(KVM_|kvm_(?!.*type:)|[A-Z])")]
    private static partial Regex Name();

    [GeneratedRegex("(?<=leaf: )0x[0-9A-Fa-f]+")]
    private static partial Regex Leaf();

    [GeneratedRegex("(?<=encoding: )0x[0-9A-Fa-f]+")]
    private static partial Regex Encoding();
}
