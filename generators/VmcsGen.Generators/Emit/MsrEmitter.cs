using VmcsGen.Generators.Units;

namespace VmcsGen.Generators.Emit;

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
                Docs.Write(writer, member.Doc, $"{member.Name}.", member.Type is null ? null : $"Its value is of type {member.Type}.");
                Docs.Attributes(writer, member.Doc, member.Name);
                writer.Line($"{member.Name} = 0x{member.Index:X},");
            }
        }
        return writer.ToString();
    }
}
