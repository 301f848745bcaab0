using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using VmcsGen.Generators.Abi;
using VmcsGen.Tool.Clang;
using VmcsGen.Tool.Headers;

namespace VmcsGen.Tool.SpecTexts;

/// <summary>
/// Specs written as C, under other names, behind the headers: so the compiler that judges the headers judges the specs, by the same
/// rules, and whatever a spec refers to and does not have is the header's.
/// </summary>
internal sealed class SpecAsC
{
    private const string Prefix = TypeReader.SpecPrefix;
    private const string Value = "vmcsgen_spec_value_";

    private static readonly string[] s_keywords = ["char", "short", "int", "long", "unsigned", "signed", "_Bool", "__int128"];

    private readonly SpecSet _specs;
    private readonly StringBuilder _source = new();
    private readonly StringBuilder _typedefs = new();
    private readonly Dictionary<int, (SpecFile File, YamlNode Node, string Item)> _lines = [];
    private readonly HashSet<string> _scalars = [];
    private readonly HashSet<string> _written = [];
    private readonly List<object> _values = [];
    private readonly string _headers;
    private int _line;

    private SpecAsC(SpecSet specs, string headers)
    {
        _specs = specs;
        _headers = headers;
        // Behind the headers, the typedefs stand on a line of their own.
        _line = headers.Count(static c => c == '\n') + 1;
    }

    /// <summary>What the compiler makes of specs.</summary>
    /// <param name="specs">The specs.</param>
    /// <param name="headers">Headers with what the specs do not have.</param>
    /// <param name="target">For which machine.</param>
    public static SpecMeaning Read(SpecSet specs, HeaderSet headers, ClangTarget target)
    {
        var c = new SpecAsC(specs, headers.Source);
        c.WriteConstants(withValues: true);
        c.WriteStructs();
        c.WriteIoctls();
        return c.Ask(target);
    }

    /// <summary>What the compiler makes of the structs alone, which needs none of the headers that constants are in terms of.</summary>
    /// <param name="specs">The specs.</param>
    /// <param name="target">For which machine.</param>
    public static SpecMeaning ReadStructs(SpecSet specs, ClangTarget target)
    {
        var c = new SpecAsC(specs, new HeaderSet([]).Source);
        c.WriteConstants(withValues: false);
        c.WriteStructs();
        return c.Ask(target);
    }

    /// <summary>What the compiler makes of one struct of specs.</summary>
    /// <param name="specs">The specs.</param>
    /// <param name="item">The struct.</param>
    /// <param name="headers">Headers with what the specs do not have.</param>
    /// <param name="target">For which machine.</param>
    /// <returns>The struct; null when the compiler does not take it.</returns>
    public static CRecord? Read(SpecSet specs, SpecStruct item, HeaderSet headers, ClangTarget target)
    {
        var c = new SpecAsC(specs, headers.Source);
        c.WriteConstants(withValues: false);
        c.WriteStruct(item);
        var meaning = c.Ask(target);
        return meaning.Problems.Count == 0 ? meaning.Records.GetValueOrDefault(item.Name) : null;
    }

    private void WriteConstants(bool withValues)
    {
        foreach (var occurrences in _specs.Constants)
        {
            // One that stands in a further group may be stated as itself.
            var stated = occurrences.FirstOrDefault(static one => one.Node.Text("value") is { } value && value != one.Name);
            if (stated is not null)
                Write($"#define {Prefix}{stated.Name} ({Expression(stated.Node.Text("value")!)})", stated.File, stated.Node, stated.Name);
        }
        if (!withValues)
            return;
        // By now every name has a meaning.
        foreach (var one in _specs.AllConstants)
        {
            if (one.Node.Text("value") is { } value)
                WriteValue(one, Expression(value), one.File, one.Node, one.Name);
        }
    }

    private void WriteIoctls()
    {
        foreach (var item in _specs.Files.SelectMany(static file => file.Ioctls))
        {
            var direction = item.Node.Text("direction") switch
            {
                "read" => "_IOC_READ",
                "write" => "_IOC_WRITE",
                "read-write" => "_IOC_READ | _IOC_WRITE",
                _ => "_IOC_NONE",
            };
            var size = direction == "_IOC_NONE" || item.Argument is null ? "0" : $"sizeof({Abstract(item.Argument)})";
            var type = item.Node.Text("type") ?? item.File.Root.Text("type") ?? "0xAE";
            if (type.Length == 1 && !char.IsAsciiDigit(type[0]))
                type = ((int)type[0]).ToString(CultureInfo.InvariantCulture);
            WriteValue(
                item,
                $"((__u32)_IOC({direction}, {Number(type)}, {Number(item.Node.Text("number") ?? "0")}, {size}))",
                item.File,
                item.Node,
                item.Name
            );
        }
    }

    // Of what is to be compiled, a spec gives names, numbers and expressions alone.
    private static string Number(string text) => text.All(char.IsAsciiLetterOrDigit) && text.Length > 0 ? text : "0";

    private void WriteValue(object item, string expression, SpecFile file, YamlNode node, string name)
    {
        Write($"static const __typeof__({expression}) {Value}{_values.Count} = ({expression});", file, node, name);
        _values.Add(item);
    }

    private void WriteStructs()
    {
        foreach (var item in _specs.Structs.Values)
            WriteStruct(item);
    }

    private void WriteStruct(SpecStruct item)
    {
        if (!_written.Add(item.Name))
            return;
        // C wants to know what a struct holds before it.
        foreach (var tag in Tags(item.Members))
        {
            if (_specs.Structs.TryGetValue(tag, out var held))
                WriteStruct(held);
        }
        Write($"{(item.IsUnion ? "union" : "struct")} {Prefix}{item.Name} {{", item.File, item.Node, item.Name);
        WriteMembers(item.Members, item);
        Write($"}}{Attributes(item.Node)};", item.File, item.Node, item.Name);
    }

    private static IEnumerable<string> Tags(IEnumerable<SpecMember> members) =>
        members.SelectMany(static member =>
            member.IsNested ? Tags(member.Members)
            : CType.Parse(member.Type ?? "") is { IsStruct: true } type ? [type.Element]
            : []
        );

    private void WriteMembers(IEnumerable<SpecMember> members, SpecStruct item)
    {
        foreach (var member in members.Where(member => member.Exists(_specs.Architecture)))
        {
            if (member.IsNested)
            {
                Write(member.IsUnion ? "union {" : "struct {", item.File, member.Node, item.Name);
                WriteMembers(member.Members, item);
                var length = member.Node.Text("length") is { } text ? $"[{Number(text)}]" : "";
                Write($"}}{Attributes(member.Node)} {member.Name}{length};", item.File, member.Node, item.Name);
                continue;
            }
            var bits = member.Node.Text("bits") is { } width ? $" : {Number(width)}" : "";
            Write($"{Declaration(member.Type ?? "", member.Name)}{bits}{Attributes(member.Node)};", item.File, member.Node, item.Name);
        }
    }

    private static string Attributes(YamlMap node)
    {
        var words = new List<string>();
        if (node.Is("packed"))
            words.Add("packed");
        if (node.Text("align") is { } align)
            words.Add($"aligned({Number(align)})");
        return words.Count == 0 ? "" : $" __attribute__(({string.Join(", ", words)}))";
    }

    private string Abstract(string type) => Declaration(type, "");

    private string Declaration(string text, string name)
    {
        if (CType.Parse(text) is not { } type)
            return $"vmcsgen_no_type {name}";
        var bounds = (type.IsFlexible ? "[0]" : "") + string.Concat(type.Bounds.Select(bound => $"[{Expression(bound.Text)}]"));
        return $"{Element(type)} {name}{bounds}";
    }

    private string Element(CType type)
    {
        if (type.IsStruct)
            return (type.Tag == CTag.Union ? "union " : "struct ")
                + (_specs.Structs.ContainsKey(type.Element) ? Prefix + type.Element : type.Element);
        if (CScalar.Find(type) is not { } scalar)
            return type.Element;
        if (type.Tag == CTag.Enum)
            return "unsigned int";
        if (scalar.Sort == CScalarSort.Pointer)
            return "void *";
        // Words of C are C; names may mean something else in a header.
        if (type.Element.Contains(' ', StringComparison.Ordinal) || s_keywords.Contains(type.Element))
            return type.Element;
        if (_scalars.Add(type.Element))
            _typedefs.Append(
                CultureInfo.InvariantCulture,
                $"typedef {Base(scalar)} {Prefix}{type.Element}{(scalar.KeepsAlignment ? $" __attribute__((aligned({scalar.Size})))" : "")};"
            );
        return Prefix + type.Element;
    }

    private static string Base(CScalar scalar)
    {
        if (scalar.Sort == CScalarSort.Bool)
            return "_Bool";
        var word = (scalar.CSharp, scalar.Size) switch
        {
            ("nint" or "nuint", _) => "long",
            (_, 1) => "char",
            (_, 2) => "short",
            (_, 4) => "int",
            (_, 8) => "long long",
            _ => "__int128",
        };
        return (scalar.IsSigned ? "signed " : "unsigned ") + word;
    }

    // Names of the specs' constants are the specs'.
    private string Expression(string text)
    {
        var result = new StringBuilder();
        for (var at = 0; at < text.Length; )
        {
            var end = at;
            while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_'))
                end++;
            if (end == at)
            {
                result.Append(text[at++]);
                continue;
            }
            var word = text[at..end];
            if (_specs.Constants[word].Any(static one => one.Node.Text("value") is not null))
                result.Append(Prefix);
            result.Append(word);
            at = end;
        }
        return result.ToString().ReplaceLineEndings(" ");
    }

    private void Write(string line, SpecFile file, YamlNode node, string item)
    {
        _source.Append(line).Append('\n');
        _lines[++_line] = (file, node, item);
    }

    private SpecMeaning Ask(ClangTarget target)
    {
        using var unit = new ClangUnit($"{_headers}{_typedefs}\n{_source}", target.Arguments);
        var problems = new List<SpecProblem>();
        foreach (var problem in unit.Problems())
        {
            // What one about several machines has and this one lacks, is not there.
            if (
                problem.Place.File == ClangUnit.FileName
                && _lines.TryGetValue(problem.Place.Line, out var line)
                && _specs.HasNumbersOf(line.File)
            )
                problems.Add(new(line.File, line.Node, line.Item, problem.Message.Replace(Prefix, "", StringComparison.Ordinal)));
        }
        var records = new Dictionary<string, CRecord>();
        var values = new Dictionary<object, Int128>(ReferenceEqualityComparer.Instance);
        foreach (var child in ClangUnit.Children(unit.Root))
        {
            if (ClangUnit.Name(child) is not { } name || !name.StartsWith(Prefix, StringComparison.Ordinal))
                continue;
            if (child.Kind is CursorKind.Struct or CursorKind.Union && Native.clang_isCursorDefinition(child) != 0)
                records[name[Prefix.Length..]] = RecordReader.Read(Native.clang_getCursorType(child), name[Prefix.Length..], default);
            else if (child.Kind == CursorKind.Variable && ClangUnit.Evaluate(child) is { } number)
                values[_values[int.Parse(name.AsSpan(Value.Length), CultureInfo.InvariantCulture)]] = number;
        }
        return new(_specs, records, values, [.. problems.Distinct()]);
    }
}
