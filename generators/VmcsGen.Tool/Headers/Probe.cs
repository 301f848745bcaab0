using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using VmcsGen.Tool.Clang;

namespace VmcsGen.Tool.Headers;

/// <summary>
/// Asks the compiler what macros stand for. Each is the initializer of a variable on a line of its own: what is no expression is an
/// error on that line. Then _IO, _IOR, _IOW and _IOWR are defined anew, as something that keeps the type of the argument, and each macro
/// is a variable once more: those of such a type are request numbers, however many macros lie between.
/// </summary>
internal sealed class Probe
{
    private const string Value = "vmcsgen_value_";
    private const string Argument = "vmcsgen_argument_";
    private const string Alignment = "vmcsgen_alignment_";
    private const string Ioctl = "vmcsgen_ioctl";

    private const string Ioctls = $$"""
        struct {{Ioctl}} { int none; };
        struct vmcsgen_nothing { int none; };
        #undef _IO
        #undef _IOR
        #undef _IOW
        #undef _IOWR
        #define _IO(type, nr) ((struct {{Ioctl}} (*)(struct vmcsgen_nothing *))0)
        #define _IOR(type, nr, argument) ((struct {{Ioctl}} (*)(__typeof__(argument) *))0)
        #define _IOW(type, nr, argument) ((struct {{Ioctl}} (*)(__typeof__(argument) *))0)
        #define _IOWR(type, nr, argument) ((struct {{Ioctl}} (*)(__typeof__(argument) *))0)

        """;

    private static readonly string[] s_ioctlMacros = ["_IO", "_IOR", "_IOW", "_IOWR"];

    private readonly StringBuilder _source;
    private readonly Dictionary<int, string> _lines = [];
    private readonly Dictionary<string, CMember> _aligned = [];
    private int _line;

    private Probe(string source)
    {
        _source = new(source);
        _line = source.Count(static c => c == '\n');
    }

    /// <summary>What the macros stand for, in three parts.</summary>
    public sealed record Answer(IReadOnlyList<CConstant> Constants, IReadOnlyList<CIoctl> Ioctls, IReadOnlyList<COther> Others);

    /// <summary>Asks.</summary>
    /// <param name="source">C that includes the headers.</param>
    /// <param name="target">For which machine.</param>
    /// <param name="macros">The macros.</param>
    /// <param name="records">Structs, whose members get the alignments that attributes state.</param>
    public static Answer Run(string source, ClangTarget target, IReadOnlyList<Macro> macros, IReadOnlyList<CRecord> records)
    {
        var texts = macros.Where(static macro => TextOf(macro) is not null).ToArray();
        macros = [.. macros.Except(texts)];
        var probe = new Probe(source);
        for (var i = 0; i < macros.Count; i++)
            probe.Add(macros[i].Name, $"static const __typeof__(({macros[i].Name})) {Value}{i} = ({macros[i].Name});");
        foreach (var record in records)
            probe.AskAlignments($"(({record.Keyword} {record.Tag} *)0)->", record);
        probe.Add(null, Ioctls);
        for (var i = 0; i < macros.Count; i++)
            probe.Add(null, $"static __typeof__(({macros[i].Name})) {Argument}{i};");
        var answer = probe.Ask(target, macros);
        return answer with
        {
            Constants =
            [
                .. answer.Constants,
                .. texts.Select(static macro => new CConstant(macro.Name, macro.Place, 0, TextOf(macro), macro.Body, null)),
            ],
        };
    }

    // A text in quotation marks, of which C takes each character for itself.
    private static string? TextOf(Macro macro) =>
        macro.Body is [['"', .., '"'] text] && !text.Contains('\\', StringComparison.Ordinal) ? text[1..^1] : null;

    private void Add(string? name, string text)
    {
        _source.Append(text).Append('\n');
        _line += 1 + text.Count(static c => c == '\n');
        if (name is not null)
            _lines[_line] = name;
    }

    private void AskAlignments(string prefix, CRecord record)
    {
        foreach (var member in record.Members)
        {
            if (member.IsAligned && member.Name.Length > 0 && member.Bits is null)
            {
                var name = $"{Alignment}{_aligned.Count.ToString(CultureInfo.InvariantCulture)}";
                _aligned[name] = member;
                Add(null, $"static const unsigned long {name} = __alignof__({prefix}{member.Name});");
            }
            if (member.Nested is { } nested)
                AskAlignments(
                    member.Name.Length == 0
                        ? prefix
                        : $"{prefix}{member.Name}{string.Concat(member.Type.Bounds.Select(static _ => "[0]"))}.",
                    nested
                );
        }
    }

    private Answer Ask(ClangTarget target, IReadOnlyList<Macro> macros)
    {
        using var unit = new ClangUnit(_source.ToString(), target.Arguments);
        var wrong = new Dictionary<string, string>();
        foreach (var problem in unit.Problems().Where(static problem => problem.Place.File == ClangUnit.FileName))
        {
            if (_lines.TryGetValue(problem.Place.Line, out var name))
                wrong.TryAdd(name, problem.Message);
        }
        var variables = ClangUnit
            .Children(unit.Root)
            .Where(static child => child.Kind == CursorKind.Variable)
            .GroupBy(ClangUnit.Name)
            .ToDictionary(static group => group.Key, static group => group.First());
        foreach (var (name, member) in _aligned)
        {
            if (variables.TryGetValue(name, out var variable) && ClangUnit.Evaluate(variable) is { } align)
                member.Align = (int)align;
        }
        var answer = (Constants: new List<CConstant>(), Ioctls: new List<CIoctl>(), Others: new List<COther>());
        for (var i = 0; i < macros.Count; i++)
        {
            var macro = macros[i];
            var value =
                wrong.ContainsKey(macro.Name) || !variables.TryGetValue($"{Value}{i}", out var variable)
                    ? default
                    : ClangUnit.Evaluate(variable);
            if (value is { } number && variables.TryGetValue($"{Argument}{i}", out var argument) && IsIoctl(argument, out var type))
                answer.Ioctls.Add(new(macro.Name, macro.Place, (uint)number, type) { Architecture = target.Architecture });
            else if (value is { } constant)
                answer.Constants.Add(new(macro.Name, macro.Place, constant, null, macro.Body, null));
            else
                answer.Others.Add(
                    new(
                        macro.Name,
                        macro.Place,
                        wrong.GetValueOrDefault(macro.Name, "it is no number, and no text without escapes"),
                        s_ioctlMacros.Contains(macro.Body[0])
                    )
                );
        }
        return new(answer.Constants, answer.Ioctls, answer.Others);
    }

    private static bool IsIoctl(CXCursor variable, out CDeclaredType? argument)
    {
        argument = null;
        var function = Native.clang_getPointeeType(Native.clang_getCanonicalType(Native.clang_getCursorType(variable)));
        if (function.Kind != TypeKind.Function || ClangUnit.Spelling(Native.clang_getResultType(function)) != $"struct {Ioctl}")
            return false;
        // The names of types are those of the variable, and not of what they stand for.
        var written = Native.clang_getPointeeType(Native.clang_getArgType(function, 0));
        var (type, _) = TypeReader.Read(written);
        argument = type.Element == "struct vmcsgen_nothing" ? null : type;
        return true;
    }
}
