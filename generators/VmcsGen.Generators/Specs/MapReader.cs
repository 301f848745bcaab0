using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Specs;

/// <summary>
/// Reads the keys of one mapping. It remembers which keys were asked for, so that <see cref="End"/> can report the
/// others, and whether a required key was missing or unreadable (<see cref="Failed"/>).
/// </summary>
internal sealed class MapReader
{
    // Longer than any sentence, and short enough to stand in the documentation of many items.
    private const int MaximumText = 10_000;

    private static readonly Regex OtherThanText = new(
        @"^(~|null|Null|NULL|true|True|TRUE|false|False|FALSE|0x[0-9A-Fa-f]+|0o[0-7]+|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$",
        RegexOptions.CultureInvariant
    );

    private readonly SpecMap _map;
    private readonly ErrorList _errors;
    private readonly string _what;
    private readonly List<string> _known = [];
    private readonly List<string> _missing = [];

    public MapReader(SpecMap map, string what, ErrorList errors)
    {
        _map = map;
        _what = what;
        _errors = errors;
        Failed = map.IsBroken;
        var seen = new HashSet<string>();
        foreach (var entry in map.Entries)
        {
            if (!seen.Add(entry.Key.Text))
                Fail(DiagnosticIds.DuplicateKey, entry.Key.At, entry.Key.Text, what);
        }
    }

    public int At => _map.At;

    public bool Failed { get; private set; }

    public SpecNode? Node(string key)
    {
        _known.Add(key);
        foreach (var entry in _map.Entries)
        {
            if (entry.Key.Text == key)
                return entry.Value;
        }
        return null;
    }

    /// <summary>A key that had another name, which is still taken, with a warning: the one of the two that the mapping has.</summary>
    public string Renamed(string key, string former)
    {
        var old = _map.Entries.Find(entry => entry.Key.Text == former).Key;
        if (old is null)
            return key;
        if (_map.Entries.Exists(entry => entry.Key.Text == key))
        {
            _known.Add(former);
            Fail(DiagnosticIds.DuplicateKey, old.At, former, $"{_what}, as '{key}'");
            return key;
        }
        Report(DiagnosticIds.FormerKey, old.At, former, key);
        return former;
    }

    public Spot<string>? OptionalText(string key, int maximum = MaximumText)
    {
        switch (Node(key))
        {
            case null:
                return null;
            case SpecScalar scalar when IsText(scalar) && scalar.Text.Length <= maximum:
                return new(scalar.Text, scalar.At);
            case var node:
                var isTooLong = node is SpecScalar { Text.Length: var length } && length > maximum;
                var isOther = !isTooLong && node is SpecScalar { IsQuoted: false, Text.Length: > 0 };
                Wrong(
                    node,
                    key,
                    isTooLong ? $"some text of at most {maximum} characters" : "some text",
                    isOther ? " Put it in quotation marks." : ""
                );
                return null;
        }
    }

    /// <summary>Whether a scalar is a text, and not a number, true, false or null by the core schema of YAML 1.2.</summary>
    public static bool IsText(SpecScalar scalar) =>
        scalar.Text.Length is > 0 and <= MaximumText && (scalar.IsQuoted || !OtherThanText.IsMatch(scalar.Text));

    public Spot<string> Text(string key) => OptionalText(key) ?? new(Missing(key), At);

    /// <summary>A C# identifier.</summary>
    public Spot<string> Name(string key)
    {
        var name = Text(key);
        if (name.Value.Length > 0 && !CSharpNames.IsIdentifier(name.Value))
            Fail(DiagnosticIds.InvalidName, name.At, name.Value, CSharpNames.NameRule);
        return name;
    }

    public Spot<string>? OptionalName(string key)
    {
        var name = OptionalText(key);
        if (name is { } given && !CSharpNames.IsIdentifier(given.Value))
            Fail(DiagnosticIds.InvalidName, given.At, given.Value, CSharpNames.NameRule);
        return name;
    }

    /// <summary>A name as C spells it.</summary>
    public Spot<string> NativeName(string key) => OptionalNativeName(key) ?? new(Missing(key), At);

    public Spot<string>? OptionalNativeName(string key)
    {
        var name = OptionalText(key);
        if (name is { } given && !CSharpNames.IsNative(given.Value))
            Fail(DiagnosticIds.InvalidName, given.At, given.Value, CSharpNames.NameRule);
        return name;
    }

    public Spot<ulong>? OptionalNumber(string key, ulong maximum = ulong.MaxValue, string? expected = null)
    {
        switch (Node(key))
        {
            case null:
                return null;
            case SpecScalar { IsQuoted: false } scalar when TryParseNumber(scalar.Text, out var value) && value <= maximum:
                return new(value, scalar.At);
            case var node:
                Wrong(
                    node,
                    key,
                    expected
                        ?? (
                            maximum == ulong.MaxValue
                                ? "a number, decimal or hexadecimal with 0x"
                                : $"a number from 0 to {maximum}, decimal or hexadecimal with 0x"
                        ),
                    node is SpecScalar wrong ? NumberHint(wrong) : ""
                );
                return null;
        }
    }

    private static string NumberHint(SpecScalar scalar) =>
        scalar.IsQuoted && TryParseNumber(scalar.Text, out _) ? " Leave the quotation marks out."
        : CNumber.TryParseOctal(scalar.Text, out var octal) ? $" {CNumber.OctalHint(scalar.Text, octal)}"
        : "";

    public Spot<ulong> Number(string key, ulong maximum = ulong.MaxValue) => OptionalNumber(key, maximum) ?? new(MissingNumber(key), At);

    public Spot<int> Int(string key, int maximum = int.MaxValue)
    {
        var number = Number(key, (ulong)maximum);
        return new((int)number.Value, number.At);
    }

    public Spot<int>? OptionalInt(string key, int maximum) =>
        OptionalNumber(key, (ulong)maximum) is { } number ? new((int)number.Value, number.At) : null;

    /// <summary>A number, or an expression that gives one, as text.</summary>
    public Spot<string> Expression(string key)
    {
        var node = Node(key);
        if (node is null)
            return new(Missing(key), At);
        if (node is SpecScalar scalar && IsExpression(scalar))
            return new(scalar.Text, scalar.At);
        Wrong(
            node,
            key,
            "a number, decimal or hexadecimal with 0x, or an expression as in C",
            node is SpecScalar wrong ? NumberHint(wrong) : ""
        );
        return new("", node.At);
    }

    private static bool IsExpression(SpecScalar scalar)
    {
        var isNumber = TryParseNumber(scalar.Text, out _);
        return IsText(scalar)
            ? !isNumber
            : isNumber || (scalar.Text.StartsWith("-", StringComparison.Ordinal) && TryParseNumber(scalar.Text.Substring(1), out _));
    }

    /// <summary>Says of a key that it is a key, though it is not read.</summary>
    public void Knows(string key) => _known.Add(key);

    public bool Flag(string key)
    {
        switch (Node(key))
        {
            case null:
                return false;
            case SpecScalar { IsQuoted: false, Text: "true" or "True" or "TRUE" }:
                return true;
            case SpecScalar { IsQuoted: false, Text: "false" or "False" or "FALSE" }:
                return false;
            case var node:
                var meant = node is SpecScalar word ? Truth(word.Text) : null;
                Wrong(node, key, "true or false", meant is null ? "" : $" Did you mean '{meant}', without quotation marks?");
                return false;
        }
    }

    // How other versions of YAML, and other people, write it.
    private static string? Truth(string word) =>
        word.ToUpperInvariant() switch
        {
            "TRUE" or "YES" or "Y" or "ON" or "1" => "true",
            "FALSE" or "NO" or "N" or "OFF" or "0" => "false",
            _ => null,
        };

    /// <summary>One of a fixed set of words; <paramref name="fallback"/> when the key is absent.</summary>
    public T Choice<T>(string key, T? fallback, params (string Word, T Value)[] choices)
        where T : struct
    {
        var node = Node(key);
        if (node is null)
        {
            if (fallback is { } value)
                return value;
            Missing(key);
            return default;
        }
        foreach (var (word, value) in choices)
        {
            if (node is SpecScalar scalar && scalar.Text == word)
                return value;
        }
        var words = choices.Select(static c => c.Word).ToArray();
        var hint = node is SpecScalar wrong ? _errors.Suggest(wrong.Text, words) : "";
        Wrong(node, key, "one of " + string.Join(", ", words), hint);
        return default;
    }

    public int Size(string key, int? fallback = null)
    {
        switch (Node(key))
        {
            case null when fallback is { } size:
                return size;
            case null:
                Missing(key);
                return 0;
            case SpecScalar { IsQuoted: false } scalar when TryParseNumber(scalar.Text, out var size) && size is 8 or 16 or 32 or 64:
                return (int)size;
            case var node:
                Wrong(node, key, "one of 8, 16, 32, 64");
                return 0;
        }
    }

    /// <summary>A list of texts, or one text alone; bits count as texts where they are meant.</summary>
    public EquatableArray<Spot<string>> Texts(string key, bool orBits = false)
    {
        switch (Node(key))
        {
            case null:
                return default;
            case SpecScalar scalar when Is(scalar):
                return new([new(scalar.Text, scalar.At)]);
            case SpecList list when list.Items.Count > 0 && list.Items.All(Is):
                return list.Items.Select(static i => new Spot<string>(((SpecScalar)i).Text, i.At)).ToEquatable();
            case SpecList list when list.Items.Exists(static i => i is SpecUnreadable):
                Failed = true;
                return default;
            case var node:
                Wrong(node, key, "a text or a list of texts");
                return default;
        }

        bool Is(SpecNode node) =>
            node is SpecScalar scalar && (IsText(scalar) || (orBits && !scalar.IsQuoted && TryParseNumber(scalar.Text, out _)));
    }

    /// <summary>
    /// What the mappings of a list say, in its order. An element that cannot be read, or is no mapping, is reported, and with it the list
    /// and what holds it cannot be used.
    /// </summary>
    /// <param name="key">The key of the list.</param>
    /// <param name="read">Reads an element; null if it has a mistake.</param>
    public EquatableArray<T> List<T>(string key, Func<SpecMap, T?> read)
        where T : class, IEquatable<T>
    {
        var items = new List<T>();
        foreach (var node in Elements(key))
        {
            if (node is SpecMap map && read(map) is { } item)
                items.Add(item);
            else
                Failed = true;
        }
        return items.ToEquatable();
    }

    /// <summary>The elements of a list. Those that are no mappings are reported.</summary>
    public IEnumerable<SpecNode> Elements(string key, bool required = true)
    {
        var node = Node(key);
        if (node is null && required)
            Missing(key);
        if (node is not (null or SpecList))
            Wrong(node, key, "a list");
        if (node is not SpecList list)
            yield break;
        foreach (var item in list.Items)
        {
            if (item is not (SpecMap or SpecUnreadable))
                Report(DiagnosticIds.WrongValue, item.At, item.Description, key, "a list of mappings", "");
            yield return item;
        }
    }

    public SpecMap? OptionalMap(string key)
    {
        var node = Node(key);
        if (node is not (null or SpecMap))
            Wrong(node, key, "a mapping");
        Failed |= node is SpecMap { IsBroken: true };
        return node as SpecMap;
    }

    /// <summary>What a mapping below says; null where there is none, or a mistake in it: then this one cannot be used either.</summary>
    public T? OptionalMap<T>(string key, Func<SpecMap, T?> read)
        where T : class
    {
        if (OptionalMap(key) is not { } map)
            return null;
        var value = read(map);
        Failed |= value is null;
        return value;
    }

    public void Fail(string id, int at, params object[] arguments)
    {
        Failed = true;
        Report(id, at, arguments);
    }

    /// <summary>Reports the keys that nobody asked for, and those that are missing, unless one of the others was meant.</summary>
    public void End()
    {
        foreach (var entry in _map.Entries)
        {
            if (_known.Contains(entry.Key.Text))
                continue;
            _missing.Remove(Suggestion.Nearest(entry.Key.Text, _known) ?? "");
            Fail(
                DiagnosticIds.UnknownKey,
                entry.Key.At,
                entry.Key.Text,
                _what,
                _errors.Suggest(entry.Key.Text, _known),
                string.Join(", ", _known.Distinct())
            );
        }
        foreach (var key in _missing)
            Fail(DiagnosticIds.MissingKey, At, _what, key);
    }

    private string Missing(string key)
    {
        // A key that is there but unreadable has been reported as such.
        if (!_map.Entries.Exists(e => e.Key.Text == key))
            _missing.Add(key);
        Failed = true;
        return "";
    }

    private ulong MissingNumber(string key)
    {
        Missing(key);
        return 0;
    }

    private void Wrong(SpecNode node, string key, string expected, string hint = "")
    {
        Failed = true;
        if (node is not SpecUnreadable)
            Report(DiagnosticIds.WrongValue, node.At, node.Description, key, expected, hint);
    }

    private void Report(string id, int at, params object[] arguments) => _errors.Add(SpecError.Of(id, at, arguments));

    /// <summary>Reads a number. What C takes for octal is none: 0100 means 64 to one reader and 100 to another.</summary>
    public static bool TryParseNumber(string text, out ulong value)
    {
        value = 0;
        if (text.StartsWith("0x", StringComparison.Ordinal))
            return ulong.TryParse(text.Substring(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
        return !(text.Length > 1 && text[0] == '0') && ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }
}
