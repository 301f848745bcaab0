using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Units;
using VmcsGen.Tool.Specs;
using VmcsGen.Vmx;

namespace VmcsGen.Tool.Facts;

/// <summary>The bits of VMX's control words.</summary>
internal static class ControlFacts
{
    /// <summary>All of them, word by word.</summary>
    public static IEnumerable<Fact> All
    {
        get
        {
            var types = SpecSet.Processor.Units.OfType<BitFieldUnit>().ToDictionary(static type => type.Name);
            return SpecSet
                .Processor.Units.OfType<ControlWordsUnit>()
                .SelectMany(static unit => unit.Words)
                .SelectMany(word => types[word.Type].Parts.Select(bit => Of(word, bit)));
        }
    }

    private static Fact Of(ControlWord word, BitPart bit) =>
        new("control", bit.Name, bit.Doc.Native, null, $"{Place(bit)} of {word.Type}", () => Describe(word, bit))
        {
            ManualName = bit.Doc.Sdm,
            Group = word.Type,
        };

    private static string Place(BitPart bit) => bit.Width == 1 ? $"bit {bit.Low}" : $"bits {bit.High}:{bit.Low}";

    private static IEnumerable<(string, string)> Describe(ControlWord word, BitPart bit)
    {
        foreach (var detail in ItemWords.Meaning(bit.Doc))
            yield return detail;
        var mask = (ulong.MaxValue >> (64 - bit.Width)) << bit.Low;
        yield return ("place", $"{Place(bit)}, 0x{mask:X}, of {word.Field} ({word.Doc.Sdm})");
        if (word.Activator is { } activator)
            yield return ("looked at", $"while {activator.FullName} is 1");
        yield return ("can be 1", word.TrueMsr is { } other ? $"as {word.Msr} or {other} says" : $"as {word.Msr} says");
        var fields = VmcsFields
            .All.ToArray()
            .Where(field => field.ExistsWhen?.Split(" or ").Contains($"{word.Type}.{bit.Name}") == true)
            .Select(static field => field.Name)
            .ToArray();
        if (fields.Length != 0)
            yield return ("needed by", string.Join(", ", fields));
        yield return ("in C#", $"{word.Type}.{bit.Name}");
        foreach (var detail in ItemWords.Origin(bit.Doc with { See = bit.Doc.See ?? word.Doc.See }))
            yield return detail;
    }
}
