using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace VmcsGen.Tool.Facts;

/// <summary>Something that has a name, and mostly a number.</summary>
/// <param name="Kind">What it is: the command that looks it up.</param>
/// <param name="Name">The name here.</param>
/// <param name="NativeName">The kernel's or the manual's name; null if it is not known.</param>
/// <param name="Number">Its number; null if it has none.</param>
/// <param name="Summary">What it is, in a line.</param>
/// <param name="Describe">Tells all else, by subject; it is asked when that is needed.</param>
internal sealed record Fact(
    string Kind,
    string Name,
    string? NativeName,
    ulong? Number,
    string Summary,
    Func<IEnumerable<(string Subject, string Text)>> Describe
)
{
    private IReadOnlyList<(string Subject, string Text)>? _details;

    /// <summary>All else, by subject.</summary>
    public IReadOnlyList<(string Subject, string Text)> Details => _details ??= [.. Describe()];

    /// <summary>The manual's name, where that is a third one.</summary>
    public string? ManualName { get; init; }

    /// <summary>Further names by which people ask for it.</summary>
    public IReadOnlyList<string> OtherNames { get; init; } = [];

    /// <summary>Whether a number means it, where more than its own do.</summary>
    public Func<ulong, bool>? IsMeantBy { get; init; }

    /// <summary>What it belongs to among its kind; null where nothing divides them.</summary>
    public string? Group { get; init; }

    /// <summary>What it looks like, as rows of a table; it is made when it is asked for.</summary>
    public Func<IEnumerable<string[]>> Table { get; init; } = static () => [];

    /// <summary>Whether it has this name, or this number.</summary>
    public bool Is(string nameOrNumber) =>
        Names.Any(name => string.Equals(name, nameOrNumber, StringComparison.OrdinalIgnoreCase))
        || (TryReadNumber(nameOrNumber, out var number) && (IsMeantBy?.Invoke(number) ?? number == Number));

    /// <summary>Whether a text is a part of a name.</summary>
    public bool IsNear(string text) => Names.Any(name => name?.Contains(text, StringComparison.OrdinalIgnoreCase) == true);

    /// <summary>Whether a text occurs in it.</summary>
    public bool Contains(string text) =>
        IsNear(text)
        || Summary.Contains(text, StringComparison.OrdinalIgnoreCase)
        || (TryReadNumber(text, out var number) && number == Number)
        || Details.Any(detail => detail.Text.Contains(text, StringComparison.OrdinalIgnoreCase));

    private IEnumerable<string?> Names => [Name, NativeName, ManualName, .. OtherNames];

    /// <summary>Reads a number as people write it: 0x681E, 681Eh, 26654, or -1 for 64 bits of 1.</summary>
    public static bool TryReadNumber(string text, out ulong number)
    {
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            return TryHex(text.AsSpan(2), out number);
        if (text.EndsWith('h') || text.EndsWith('H'))
            return TryHex(text.AsSpan(0, text.Length - 1), out number);
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var negative) && negative < 0)
        {
            number = (ulong)negative;
            return true;
        }
        return ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

        static bool TryHex(ReadOnlySpan<char> digits, out ulong number) =>
            ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number);
    }
}
