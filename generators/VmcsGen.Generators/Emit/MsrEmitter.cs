using System.Linq;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Units;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Emit;

/// <summary>Emits model-specific registers: the enum of their indices, and which values WRMSR takes.</summary>
internal static class MsrEmitter
{
    public static string Emit(MsrUnit unit)
    {
        var writer = SourceWriter.ForFile(unit.Target, "VmcsGen");
        writer.Line("/// <summary>Indices of model-specific registers.</summary>");
        using (writer.Block($"{unit.Target.Access} enum {unit.Name} : uint"))
        {
            foreach (var member in unit.Members)
            {
                writer.Gap();
                Docs.Write(
                    writer,
                    member.Doc,
                    $"{member.Name}.",
                    member.Type is null ? null : $"Its value is of type {member.Type}.",
                    Demand(member)
                );
                Docs.Attributes(writer, member.Doc, member.Name);
                writer.Line($"{member.Name} = 0x{member.Index:X},");
            }
        }
        if (unit.Members.Any(static member => Demand(member) is not null))
            WriteValues(writer, unit);
        return writer.ToString();
    }

    private static string? Demand(MsrMember member) =>
        member switch
        {
            { Writable: 0UL } => "WRMSR raises #GP.",
            { Writable: { } bits } => $"WRMSR takes 1 in bits {Docs.Bits(bits)} alone.",
            { Form: ValueForm.Canonical } => "WRMSR takes canonical addresses alone.",
            { Form: ValueForm.MemoryTypes } => "WRMSR takes only values whose bytes are memory types of the PAT.",
            _ => null,
        };

    private static void WriteValues(SourceWriter writer, MsrUnit unit)
    {
        writer.Line();
        writer.Line(
            $"/// <summary>Which values WRMSR takes for a <see cref=\"{unit.Name}\"/>, where all processors agree on that.</summary>"
        );
        using (writer.Block($"{unit.Target.Access} static class {unit.Name}Values"))
        {
            writer.Line(
                "/// <summary>The bits that may be 1; none where WRMSR always raises #GP, and all where nothing is known to be reserved.</summary>"
            );
            writer.Line("/// <param name=\"msr\">The MSR.</param>");
            using (writer.Block($"public static ulong WritableBitsOf({unit.Name} msr) => msr switch", "{", "};"))
            {
                foreach (var group in unit.Members.Where(static m => m.Writable is not null).GroupBy(static m => m.Writable))
                    writer.Line($"{string.Join(" or ", group.Select(m => $"{unit.Name}.{m.Name}"))} => 0x{group.Key:X},");
                writer.Line("_ => ~0UL,");
            }
            WriteForm(writer, unit, "IsCanonical", "Whether the value must be a canonical address.", ValueForm.Canonical);
            WriteForm(
                writer,
                unit,
                "HoldsMemoryTypes",
                "Whether each byte of the value must be a memory type of the PAT.",
                ValueForm.MemoryTypes
            );
        }
    }

    private static void WriteForm(SourceWriter writer, MsrUnit unit, string method, string summary, ValueForm form)
    {
        var members = unit.Members.Where(member => member.Form == form).Select(member => $"{unit.Name}.{member.Name}").ToArray();
        writer.Line();
        writer.Line($"/// <summary>{summary}</summary>");
        writer.Line("/// <param name=\"msr\">The MSR.</param>");
        writer.Line(
            $"public static bool {method}({unit.Name} msr) => {(members.Length == 0 ? "false" : "msr is " + string.Join(" or ", members))};"
        );
    }
}
