using System.Linq;
using VmcsGen.Generators.Units;

namespace VmcsGen.Generators.Emit;

/// <summary>Emits the request numbers of ioctls, and what is known of each.</summary>
internal static class IoctlNumbersEmitter
{
    /// <summary>The class in the class with a project's request numbers that holds what the runtime is told of each ioctl.</summary>
    public const string InfoClass = "Table";

    public static string Emit(IoctlNumbersUnit unit)
    {
        var writer = unit.IsOwn
            ? SourceWriter.ForFile(unit.Target, "System", "System.Collections.Generic", "VmcsGen.Kvm.Interop")
            : SourceWriter.ForFile(unit.Target, "System");
        var whose = unit.IsOwn ? "the ioctls of this project's specs" : "KVM's ioctls";
        writer.Line($"/// <summary>Request numbers of {whose}, under the kernel's names.</summary>");
        using (writer.Block($"{unit.Target.Access} static partial class {unit.Name}"))
        {
            foreach (var member in unit.Members)
            {
                writer.Gap();
                Docs.Write(
                    writer,
                    member.Doc,
                    $"{member.Name}.",
                    $"Argument: {member.Argument}.",
                    Docs.Reasons("Fails with", member.Errors)
                );
                Docs.Attributes(writer, member.Doc, member.Name);
                writer.Line($"public const uint {member.Name} = 0x{member.Request:X8};");
            }
            writer.Line();
            if (unit.IsOwn)
            {
                WriteInfos(writer, unit);
            }
            else
            {
                WriteNames(writer, unit);
                WriteMeanings(writer, unit);
                WriteCapabilities(writer, unit);
            }
        }
        return writer.ToString();
    }

    private static void WriteNames(SourceWriter writer, IoctlNumbersUnit unit)
    {
        writer.Line("/// <summary>The kernel's name of a request number, or null for an unknown one.</summary>");
        using (writer.Block("public static string? NameOf(uint request) => request switch", "{", "};"))
        {
            // Two requests may share a number when they differ only in the descriptor that they are called on.
            foreach (var group in unit.Members.Where(static m => m.IsNative).GroupBy(static m => m.Request))
                writer.Line($"{unit.Name}.{group.First().Name} => {Docs.Literal(string.Join(" or ", group.Select(static m => m.Name)))},");
            writer.Line("_ => null,");
        }
    }

    // The methods hand these to the runtime, which puts failures into words.
    private static void WriteInfos(SourceWriter writer, IoctlNumbersUnit unit)
    {
        writer.Line("/// <summary>What is known of each ioctl.</summary>");
        writer.Line($"public static ReadOnlySpan<IoctlInfo> All => {InfoClass}.All;");
        writer.Line();
        using (writer.Block($"internal static class {InfoClass}"))
        {
            foreach (var member in unit.Members)
                writer.Line(
                    $"internal static readonly IoctlInfo {member.Name} = new({unit.Name}.{member.Name}, {Docs.Literal(member.Name)}){Facts(member)};"
                );
            writer.Line();
            using (writer.Block("internal static readonly IoctlInfo[] All =", "[", "];"))
            {
                foreach (var member in unit.Members)
                    writer.Line($"{member.Name},");
            }
        }
    }

    private static string Facts(IoctlMember member)
    {
        var errors = string.Join(", ", member.Errors.Select(static e => $"[{Docs.Literal(e.Errno)}] = {Docs.Literal(e.Text)}"));
        var facts = new[]
        {
            member.Parameter is { } parameter ? $"Parameter = {Docs.Literal(parameter)}" : null,
            member.Doc.Capability is { } capability ? $"Capability = {Docs.Literal(capability)}" : null,
            member.CapabilityNumber is { } number ? $"CapabilityNumber = {number}" : null,
            errors.Length > 0 ? $"Errors = new Dictionary<string, string> {{ {errors} }}" : null,
        };
        var stated = string.Join(", ", facts.Where(static fact => fact is not null));
        return stated.Length == 0 ? "" : $" {{ {stated} }}";
    }

    private static void WriteMeanings(SourceWriter writer, IoctlNumbersUnit unit)
    {
        writer.Line();
        writer.Line(
            "/// <summary>What an error means when this request fails with it, or null where nothing is known beyond the error itself.</summary>"
        );
        writer.Line("/// <param name=\"request\">The request number.</param>");
        writer.Line("/// <param name=\"errno\">The error's name, such as EINVAL.</param>");
        using (writer.Block("public static string? MeaningOf(uint request, string errno) => (request, errno) switch", "{", "};"))
        {
            foreach (var member in unit.Members.Where(static m => m.IsNative).GroupBy(static m => m.Request).Select(static g => g.First()))
            {
                foreach (var error in member.Errors)
                    writer.Line($"({unit.Name}.{member.Name}, {Docs.Literal(error.Errno)}) => {Docs.Literal(error.Text)},");
            }
            writer.Line("_ => null,");
        }
    }

    private static void WriteCapabilities(SourceWriter writer, IoctlNumbersUnit unit)
    {
        writer.Line();
        writer.Line(
            "/// <summary>The kernel's name of the capability that announces this request, or null for one that every KVM has or that is unknown.</summary>"
        );
        writer.Line("/// <param name=\"request\">The request number.</param>");
        using (writer.Block("public static string? CapabilityOf(uint request) => request switch", "{", "};"))
        {
            foreach (var member in unit.Members.Where(static m => m.IsNative).GroupBy(static m => m.Request).Select(static g => g.First()))
            {
                if (member.Doc.Capability is { } capability)
                    writer.Line($"{unit.Name}.{member.Name} => {Docs.Literal(capability)},");
            }
            writer.Line("_ => null,");
        }
    }
}
