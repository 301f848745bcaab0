using System;
using System.Linq;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.Units;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Emit;

/// <summary>Completes the classes of the runtime that have a member for each control word.</summary>
internal static class ControlWordEmitter
{
    public static string Emit(ControlWordsUnit unit)
    {
        var writer = SourceWriter.ForFile(unit.Target, "System", "VmcsGen");
        WriteWords(writer, unit.Words);
        writer.Line();
        WriteSet(writer, unit.Words);
        writer.Line();
        WriteCapabilities(writer, unit.Words);
        return writer.ToString();
    }

    private static void WriteWords(SourceWriter writer, EquatableArray<ControlWord> words)
    {
        using (writer.Block("internal sealed partial class VmxControlWord"))
        {
            for (var i = 0; i < words.Count; i++)
            {
                var word = words[i];
                Docs.Element(writer, "summary", $"The {Lower(Title(word))}.");
                var trueMsr = word.TrueMsr is { } msr ? $"VmxMsr.{msr}" : "null";
                var activator = word.Activator is { } bit ? $"({IndexOf(words, bit.Word)}, 0x{bit.Mask:X})" : "null";
                writer.Line($"internal static VmxControlWord {word.Name} {{ get; }} = new(");
                writer.Line(
                    $"    {i}, nameof({word.Type}), {Docs.Literal(Lower(Title(word)))}, VmcsField.{word.Field}, {word.Bits}, VmxMsr.{word.Msr}, {trueMsr}, {activator}, static () => {word.Type}.Parts);"
                );
                writer.Line();
            }
            writer.Line("/// <summary>All words, each at its <see cref=\"Index\"/>.</summary>");
            writer.Line(
                $"internal static VmxControlWord[] All {{ get; }} = [{string.Join(", ", words.Select(static word => word.Name))}];"
            );
        }
    }

    private static void WriteSet(SourceWriter writer, EquatableArray<ControlWord> words)
    {
        using (writer.Block("public readonly partial record struct VmxControlSet"))
        {
            foreach (var word in words)
            {
                Docs.Element(writer, "summary", $"{Title(word)}.");
                writer.Line($"public {word.Type} {word.Name} {{ get; init; }}");
                writer.Line();
            }
            using (writer.Block("internal ulong this[VmxControlWord word] => word.Index switch", "{", "};"))
            {
                for (var i = 0; i < words.Count; i++)
                    writer.Line($"{i} => {words[i].Name}.Value,");
                writer.Line("_ => throw new ArgumentOutOfRangeException(nameof(word)),");
            }
            writer.Line();
            using (writer.Block("internal VmxControlSet With(VmxControlWord word, ulong value) => word.Index switch", "{", "};"))
            {
                for (var i = 0; i < words.Count; i++)
                    writer.Line(
                        $"{i} => this with {{ {words[i].Name} = new({(words[i].Bits == 64 ? "value" : $"({CSharpInteger.Unsigned(words[i].Bits)})value")}) }},"
                    );
                writer.Line("_ => throw new ArgumentOutOfRangeException(nameof(word)),");
            }
        }
    }

    private static void WriteCapabilities(SourceWriter writer, EquatableArray<ControlWord> words)
    {
        using (writer.Block("public sealed partial class VmxCapabilities"))
        {
            foreach (var word in words)
            {
                writer.Gap();
                Docs.Element(writer, "summary", $"Settings of the {Lower(Title(word))}.");
                writer.Line($"public VmxControlSettings<{word.Type}> {word.Name} => Settings<{word.Type}>(VmxControlWord.{word.Name});");
            }
        }
    }

    private static int IndexOf(EquatableArray<ControlWord> words, string type) =>
        words.Select(static word => word.Type).ToList().IndexOf(type);

    private static string Title(ControlWord word) => word.Doc.Sdm ?? word.Type;

    // "Pin-based VM-execution controls" within a sentence; "VM-exit controls" as they are.
    private static string Lower(string title) =>
        title.Length > 1 && char.IsLower(title[1]) ? char.ToLowerInvariant(title[0]) + title.Substring(1) : title;
}
