using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Tool.SpecTexts;

/// <summary>A part of a YAML text, and where in the text it stands.</summary>
/// <param name="start">The index of its first character.</param>
internal abstract class YamlNode(int start)
{
    /// <summary>The index of its first character.</summary>
    public int Start { get; } = start;

    /// <summary>The index behind its last character, without blanks and comments that follow.</summary>
    public int End { get; set; }
}

/// <summary>A value without parts.</summary>
internal sealed class YamlScalar(int start, string text) : YamlNode(start)
{
    /// <summary>What it says.</summary>
    public string Text { get; } = text;
}

/// <summary>A list.</summary>
internal sealed class YamlList(int start, bool isFlow) : YamlNode(start)
{
    /// <summary>Whether it stands in brackets.</summary>
    public bool IsFlow { get; } = isFlow;

    /// <summary>Its elements.</summary>
    public List<YamlNode> Items { get; } = [];

    /// <summary>Those of its elements that are mappings.</summary>
    public IEnumerable<YamlMap> Maps => Items.OfType<YamlMap>();
}

/// <summary>A mapping.</summary>
internal sealed class YamlMap(int start, bool isFlow) : YamlNode(start)
{
    /// <summary>Whether it stands in braces.</summary>
    public bool IsFlow { get; } = isFlow;

    /// <summary>Keys and values.</summary>
    public List<(YamlScalar Key, YamlNode Value)> Entries { get; } = [];

    /// <summary>The value of a key.</summary>
    public YamlNode? this[string key] => Entries.Find(entry => entry.Key.Text == key).Value;

    /// <summary>The value of a key as a text; null when it is none.</summary>
    public string? Text(string key) => (this[key] as YamlScalar)?.Text;

    /// <summary>Whether the value of a key is true.</summary>
    public bool Is(string key) => Text(key) is "true" or "True" or "TRUE";
}
