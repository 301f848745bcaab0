using VmcsGen.Generators.Units;

namespace VmcsGen.Generators.Emit;

internal static class SymbolsEmitter
{
    public static string Emit(SymbolsUnit unit)
    {
        var writer = SourceWriter.ForFile(unit.Target);
        using (writer.Block("internal static partial class BuiltInSymbols"))
        {
            writer.Line("static partial void GetTable(ref string text) => text =");
            writer.Line("    \"\"\"");
            foreach (var line in unit.Table.TrimEnd('\n').Split('\n'))
                writer.Line("    " + line);
            writer.Line("    \"\"\";");
        }
        return writer.ToString();
    }
}
