using System;
using System.Collections.Generic;
using System.IO;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Values;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace VmcsGen.Generators.Specs;

/// <summary>A parsed document: its root (null when there is none), and the positions of its tokens.</summary>
internal sealed record SpecDocument(SpecMap? Root, SpecPositions Positions);

/// <summary>
/// Turns YAML text into nodes. Only plain data is accepted: no anchors, aliases, tags or further documents, so that
/// a document's size in memory is bounded by its text. What stands before a syntax error is kept.
/// </summary>
internal sealed class SpecParser
{
    private const int MaximumDepth = 32;

    // Forty times the largest file of the built-in specs. Whatever a file costs is bounded by its length.
    private const int MaximumLength = 1 << 20;

    private const string ColonInText =
        "a colon with a blank behind it begins a value, and there is one already: put the whole text in quotation marks";

    private readonly string _text;
    private readonly Parser _parser;
    private readonly List<TokenSpan> _spans = [];
    private readonly ErrorList _errors;
    private bool _endedTooSoon;

    private SpecParser(string text, ErrorList errors)
    {
        _text = text;
        _errors = errors;
        _parser = new Parser(new Scanner(new StringReader(text), skipComments: true));
    }

    public static SpecDocument Parse(string text, ErrorList errors)
    {
        if (text.Length > MaximumLength)
        {
            errors.Add(SpecError.Of(DiagnosticIds.UnsupportedYaml, 0, $"more than {MaximumLength} characters: divide the file"));
            return new(null, new(new([default])));
        }
        var parser = new SpecParser(text, errors);
        var root = parser.ParseRoot();
        return new(root, new(parser._spans.ToEquatable()));
    }

    private SpecMap? ParseRoot()
    {
        if (!Advance() || !Advance())
            return null;
        if (Current is StreamEnd)
        {
            Error(DiagnosticIds.InvalidYaml, Mark(Current), "the file is empty: a spec begins with 'kind: …'");
            return null;
        }
        if (!Advance())
            return null;
        if (Current is not MappingStart)
        {
            Error(DiagnosticIds.InvalidYaml, Mark(Current), "a spec is a mapping that begins with 'kind: …'");
            return null;
        }
        var root = new SpecMap(Mark(Current));
        if (FillMap(root, depth: 0, keepBroken: true) && Advance() && Current is DocumentEnd && Advance() && Current is DocumentStart)
            Error(DiagnosticIds.UnsupportedYaml, Mark(Current), "a second document: put it in a file of its own");
        return root;
    }

    private ParsingEvent Current => _parser.Current!;

    private bool Advance()
    {
        try
        {
            return _parser.MoveNext();
        }
        catch (YamlException e)
        {
            var at = e.Message.Contains("tab as indentation") ? AddTab(e.Start) : Add(e.Start, e.End);
            _endedTooSoon = e.Message.Contains("block collection");
            Error(DiagnosticIds.InvalidYaml, at, IsColon(e.Start) ? ColonInText : Explain(Clean(e.Message)));
            return false;
        }
        catch (InvalidOperationException)
        {
            // YamlDotNet fails on some broken texts instead of refusing them.
            var end = _parser.Current?.End ?? YamlDotNet.Core.Mark.Empty;
            Error(DiagnosticIds.InvalidYaml, Add(end, end), "what follows cannot be read");
            return false;
        }
    }

    // Returns null when the node is incomplete because the text ends or is broken inside it.
    private SpecNode? ParseNode(int depth, out SpecNode? partial)
    {
        partial = null;
        if (!Advance())
            return null;
        var at = Mark(Current);
        var isRefused = false;
        if (Current is NodeEvent { Anchor.IsEmpty: false })
            isRefused = Refuse(at, "an anchor: write the value out");
        if (Current is NodeEvent { Tag: { IsEmpty: false } tag })
            isRefused = Refuse(at, $"the tag '{tag}': leave it out");
        switch (Current)
        {
            case Scalar when isRefused:
                return new SpecUnreadable(at);
            case Scalar scalar:
                return new SpecScalar(at, scalar.Value, scalar.Style != ScalarStyle.Plain);
            case AnchorAlias:
                Error(DiagnosticIds.UnsupportedYaml, at, "an alias: write the value out");
                return new SpecUnreadable(at);
            case SequenceStart or MappingStart when depth >= MaximumDepth:
                Error(DiagnosticIds.UnsupportedYaml, at, $"more than {MaximumDepth} levels of nesting");
                return null;
            case SequenceStart:
                var list = new SpecList(at);
                partial = isRefused ? null : list;
                return !FillList(list, depth + 1) ? null
                    : isRefused ? new SpecUnreadable(at)
                    : list;
            case MappingStart:
                var map = new SpecMap(at) { IsBroken = isRefused };
                return FillMap(map, depth + 1, keepBroken: false) ? map : null;
            default:
                return null;
        }
    }

    private bool FillList(SpecList list, int depth)
    {
        while (true)
        {
            var item = ParseNode(depth, out _);
            if (item is not null)
            {
                list.Items.Add(item);
                continue;
            }
            // The line in error may belong to the item before it: that item cannot be called complete, nor its keys missing.
            if (_endedTooSoon && list.Items.Count > 0)
                list.Items.RemoveAt(list.Items.Count - 1);
            _endedTooSoon = false;
            return Ended<SequenceEnd>();
        }
    }

    private bool FillMap(SpecMap map, int depth, bool keepBroken)
    {
        while (true)
        {
            var key = ParseNode(depth, out _);
            if (key is null)
                return Ended<MappingEnd>();
            var value = ParseNode(depth, out var partial);
            if (value is null && !(keepBroken && partial is not null))
                return false;
            if (key is not SpecScalar name)
            {
                map.IsBroken = Refuse(key.At, "a key that is not a word");
                if (value is null)
                    return false;
                continue;
            }
            map.Entries.Add(new(name, value ?? partial!));
            if (value is null)
                return false;
        }
    }

    private bool Ended<TEnd>()
        where TEnd : ParsingEvent => !_errors.HasSyntaxError && Current is TEnd;

    private int Mark(ParsingEvent token) => Add(token.Start, token.End);

    private int Add(Mark start, Mark end)
    {
        var startLine = (int)Math.Max(start.Line - 1, 0);
        var startColumn = (int)Math.Max(start.Column - 1, 0);
        var endLine = (int)Math.Max(end.Line - 1, startLine);
        var endColumn = (int)Math.Max(end.Column - 1, endLine == startLine ? startColumn : 0);
        // Where a text ends too soon, YamlDotNet counts a character that is not there.
        var first = (int)Math.Min(start.Index, _text.Length);
        var length = (int)Math.Max(Math.Min(end.Index, _text.Length) - first, 0);
        _spans.Add(new(first, length, startLine, startColumn, endLine, endColumn));
        return _spans.Count - 1;
    }

    // For a tab in the indentation, YamlDotNet gives the place of the mapping around it.
    private int AddTab(Mark mapping)
    {
        var start = 0;
        for (var line = 0; start < _text.Length; line++)
        {
            var tab = start;
            while (tab < _text.Length && _text[tab] == ' ')
                tab++;
            if (line >= mapping.Line - 1 && tab < _text.Length && _text[tab] == '\t')
            {
                _spans.Add(new(tab, 1, line, tab - start, line, tab - start + 1));
                return _spans.Count - 1;
            }
            var end = _text.IndexOf('\n', start);
            start = end < 0 ? _text.Length : end + 1;
        }
        return Add(mapping, mapping);
    }

    // What is refused is not used either.
    private bool Refuse(int at, string what)
    {
        Error(DiagnosticIds.UnsupportedYaml, at, what);
        return true;
    }

    private void Error(string id, int at, string what) => _errors.Add(SpecError.Of(id, at, what));

    // By far the most frequent mistake: a sentence with a colon, which begins a value that has no place there.
    private bool IsColon(Mark at) => at.Index < _text.Length && _text[(int)at.Index] == ':';

    // YamlDotNet says what it misses. In a block that is most often a line that is not indented as its neighbours are.
    private static string Explain(string message) =>
        message switch
        {
            _ when message.Contains("block collection") || message.Contains("block mapping") => message
                + ": keys of one item begin in the same column",
            _ when message.Contains("tab as indentation") => message + ": use spaces",
            _ => message,
        };

    private static string Clean(string message)
    {
        var line = message.Trim().TrimEnd('.');
        var end = line.IndexOf('\n');
        return end < 0 ? line : line.Substring(0, end).TrimEnd();
    }
}
