using VmcsGen.Generators.Units;

namespace VmcsGen.Generators.Emit;

/// <summary>Emits CPUID features: the enum, or the features that a project adds to it.</summary>
internal static class CpuidEmitter
{
    public static string Emit(CpuidUnit unit) => unit.ClassName is { } name ? EmitExtension(unit, name) : EmitEnum(unit);

    private static string EmitEnum(CpuidUnit unit)
    {
        var writer = SourceWriter.ForFile(unit.Target, "System", "VmcsGen");
        writer.Lines(
            """
            /// <summary>
            /// Features that CPUID tells of by one bit. Native names are those of Linux in /proc/cpuinfo, where it has one. The value is
            /// the place: bits 4:0 the bit, 6:5 the register (EAX, EBX, ECX, EDX), 14:7 the subleaf, 22:15 the low byte of the leaf, 31:30 its
            /// range (0 basic, 1 hypervisor, 2 extended, 3 of the vendor).
            /// </summary>
            """
        );
        using (writer.Block($"{unit.Target.Access} enum CpuidFeature : uint"))
        {
            foreach (var feature in unit.Features)
            {
                writer.Gap();
                WriteDocs(writer, feature);
                writer.Line($"{feature.Name} = 0x{feature.Place:X8},");
            }
        }
        return writer.ToString();
    }

    private static string EmitExtension(CpuidUnit unit, string name)
    {
        var writer = SourceWriter.ForFile(unit.Target, "System", "VmcsGen", "VmcsGen.Kvm");
        writer.Line("/// <summary>CPUID features of this project's specs.</summary>");
        using (writer.Block($"{unit.Target.Access} static class {name}"))
        {
            foreach (var feature in unit.Features)
            {
                writer.Gap();
                WriteDocs(writer, feature);
                writer.Line($"public const CpuidFeature {feature.Name} = (CpuidFeature)0x{feature.Place:X8};");
            }
            writer.Line();
            using (writer.Block("extension(CpuidFeature)"))
            {
                foreach (var feature in unit.Features)
                {
                    writer.Gap();
                    WriteDocs(writer, feature);
                    writer.Line($"public static CpuidFeature {feature.Name} => {name}.{feature.Name};");
                }
            }
        }
        return writer.ToString();
    }

    private static void WriteDocs(SourceWriter writer, CpuidFeature feature)
    {
        Docs.Write(writer, feature.Doc, $"The CPUID feature {feature.Name}.", $"CPUID {feature.Where}.");
        Docs.Attributes(writer, feature.Doc, feature.Name);
    }
}
