using System;
using System.Globalization;
using System.IO;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace VmcsGen.Tool.SpecTexts;

/// <summary>Reads YAML with the places of everything in it.</summary>
internal sealed class YamlReader
{
    private const int MaximumDepth = 64;

    private readonly Parser _parser;
    private readonly string _text;

    private YamlReader(string text) => (_text, _parser) = (text, new Parser(new Scanner(new StringReader(text), skipComments: true)));

    /// <summary>Reads a text whose whole is a mapping.</summary>
    /// <param name="path">What messages call it.</param>
    /// <param name="text">The text.</param>
    public static YamlMap Read(string path, string text)
    {
        var reader = new YamlReader(text);
        try
        {
            while (reader._parser.MoveNext())
            {
                if (reader._parser.Current is MappingStart)
                    return (YamlMap)reader.Node(0);
                if (reader._parser.Current is NodeEvent)
                    break;
            }
        }
        catch (YamlException e)
        {
            throw new InputException(
                string.Create(CultureInfo.InvariantCulture, $"{path}: line {e.Start.Line}: {e.Message.Split('\n')[0].TrimEnd('.', ' ')}.")
            );
        }
        throw new InputException($"{path}: a spec is a mapping that begins with 'kind: …'.");
    }

    private YamlNode Node(int depth)
    {
        var current = _parser.Current!;
        var start = (int)current.Start.Index;
        if (depth > MaximumDepth)
            throw new YamlException(current.Start, current.End, $"more than {MaximumDepth} levels of nesting");
        switch (current)
        {
            case Scalar scalar:
                return new YamlScalar(start, scalar.Value) { End = Trimmed(start, scalar.End) };
            case SequenceStart sequence:
                var list = new YamlList(start, sequence.Style == SequenceStyle.Flow);
                while (Next() is not SequenceEnd)
                    list.Items.Add(Node(depth + 1));
                list.End =
                    list.IsFlow ? BehindBracket()
                    : list.Items.Count == 0 ? start
                    : list.Items[^1].End;
                return list;
            case MappingStart mapping:
                var map = new YamlMap(start, mapping.Style == MappingStyle.Flow);
                while (Next() is not MappingEnd)
                {
                    if (Node(depth + 1) is not YamlScalar key)
                        throw new YamlException(current.Start, current.End, "a key that is not a word");
                    Next();
                    map.Entries.Add((key, Node(depth + 1)));
                }
                map.End =
                    map.IsFlow ? BehindBracket()
                    : map.Entries.Count == 0 ? start
                    : map.Entries[^1].Value.End;
                return map;
            default:
                throw new YamlException(current.Start, current.End, "an alias: write the value out");
        }
    }

    private ParsingEvent Next() => _parser.MoveNext() ? _parser.Current! : throw new YamlException("the text ends too soon");

    // The end of a list or mapping is where its bracket stands.
    private int BehindBracket() => (int)_parser.Current!.Start.Index + 1;

    // A block of text ends where the next line begins.
    private int Trimmed(int start, Mark end)
    {
        var index = Math.Min((int)end.Index, _text.Length);
        while (index > start && char.IsWhiteSpace(_text[index - 1]))
            index--;
        return index;
    }
}
