using System.Linq;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.Units;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Emit;

/// <summary>Emits ioctls: their request numbers, and a typed method for each on the class that owns the descriptor.</summary>
internal static class IoctlEmitter
{
    private delegate void PointerMethodWriter(SourceWriter writer, IoctlMethod method, string call, string request, string result);

    public static string EmitNumbers(IoctlNumbersUnit unit)
    {
        var writer = SourceWriter.ForFile(unit.Target, "System");
        writer.Line("/// <summary>Request numbers of KVM's ioctls, under the kernel's names.</summary>");
        using (writer.Block($"{unit.Target.Access} static partial class {unit.Name}"))
        {
            foreach (var member in unit.Members)
            {
                writer.Gap();
                Docs.Write(writer, member.Doc, $"{member.Name}.", $"Argument: {member.Argument}.", Reasons("Fails with", member.Errors));
                Docs.Attributes(writer, member.Doc, member.Name);
                writer.Line($"public const uint {member.Name} = 0x{member.Request:X8};");
            }
            writer.Line();
            writer.Line("/// <summary>The kernel's name of a request number, or null for an unknown one.</summary>");
            using (writer.Block("public static string? NameOf(uint request) => request switch", "{", "};"))
            {
                // Two requests may share a number when they differ only in the descriptor that they are called on.
                foreach (var group in unit.Members.Where(static m => m.IsNative).GroupBy(static m => m.Request))
                    writer.Line(
                        $"{unit.Name}.{group.First().Name} => {Docs.Literal(string.Join(" or ", group.Select(static m => m.Name)))},"
                    );
                writer.Line("_ => null,");
            }
            WriteMeanings(writer, unit);
            WriteCapabilities(writer, unit);
        }
        return writer.ToString();
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

    public static string EmitMethods(IoctlMethodsUnit unit)
    {
        var writer = SourceWriter.ForFile(
            unit.Target,
            "System",
            "System.ComponentModel",
            "System.Runtime.CompilerServices",
            "Microsoft.Win32.SafeHandles",
            "VmcsGen",
            "VmcsGen.Kvm",
            "VmcsGen.Kvm.Interop"
        );
        var owner = unit.Owner;
        if (unit.ExtensionClass is { } extensions)
        {
            // What 'prefer' names may be anything.
            if (unit.Methods.Any(static m => m.Prefer is not null))
                writer.Line("#pragma warning disable CS0419, CS1574, CS1580, CS1584, CS1658");
            // A parameter must not be called as what the methods extend.
            var target = "target";
            while (unit.Methods.Any(m => m.Parameter == target))
                target += "Descriptor";
            writer.Line($"/// <summary>The ioctls that this project's specs add to <see cref=\"{owner}\"/>.</summary>");
            using (writer.Block($"{unit.Target.Access} static class {extensions}"))
            using (writer.Block($"extension({owner} {target})"))
                WriteMethods(writer, unit, $"{target}.UnsafeIoctl", WriteSafeMethod);
        }
        else
        {
            using (writer.Block($"public sealed partial class {owner}"))
                WriteMethods(writer, unit, "Ioctl", WriteUnsafeMethod);
        }
        return writer.ToString();
    }

    private static void WriteMethods(SourceWriter writer, IoctlMethodsUnit unit, string call, PointerMethodWriter writePointerMethod)
    {
        foreach (var method in unit.Methods)
        {
            writer.Gap();
            WriteMethod(writer, method, call, $"{unit.NumbersClass}.{method.Native}", writePointerMethod);
        }
    }

    private static void WriteMethod(
        SourceWriter writer,
        IoctlMethod method,
        string call,
        string request,
        PointerMethodWriter writePointerMethod
    )
    {
        Docs.Write(writer, method.Doc, $"Calls {method.Native}.");
        if (method.Prefer is { } prefer)
            writer.Line($"/// <seealso cref=\"{prefer}\">What most programs call instead.</seealso>");
        if (method.Takes != IoctlTakes.Nothing)
            writer.Line($"/// <param name=\"{method.Parameter.TrimStart('@')}\">{Direction(method)}</param>");
        if (method.Returns == IoctlReturns.Value)
            writer.Line("/// <returns>What the kernel returned: zero or a positive number.</returns>");
        else if (method.Returns != IoctlReturns.Nothing)
            writer.Line("/// <returns>A new descriptor, owned by the caller.</returns>");
        Docs.Element(writer, "exception cref=\"KvmException\"", Reasons("The kernel refused.", method.Errors) ?? "The kernel refused.");
        Docs.Attributes(writer, method.Doc, method.Name);
        if (method.Prefer is not null)
            writer.Line("[EditorBrowsable(EditorBrowsableState.Advanced)]");
        var result = method.Returns switch
        {
            IoctlReturns.Nothing => "void",
            IoctlReturns.Value => "int",
            _ => "SafeFileHandle",
        };
        switch (method.Takes)
        {
            case IoctlTakes.Nothing:
                writer.Line($"public {result} {method.Name}() => {Result(method, $"{call}({request}, 0)")};");
                break;
            case IoctlTakes.Value:
                var value = method.ArgumentType == "nuint" ? method.Parameter : $"unchecked((nuint){method.Parameter})";
                writer.Line(
                    $"public {result} {method.Name}({method.ArgumentType} {method.Parameter}) => {Result(method, $"{call}({request}, {value})")};"
                );
                break;
            default:
                writePointerMethod(writer, method, call, request, result);
                break;
        }
    }

    // In the runtime, where a pinned argument costs nothing more than the call.
    private static void WriteUnsafeMethod(SourceWriter writer, IoctlMethod method, string call, string request, string result)
    {
        var name = method.Parameter;
        var returns = method.Returns == IoctlReturns.Nothing ? "" : "return ";
        using (writer.Block($"public unsafe {result} {method.Name}({Parameter(method)})"))
        {
            if (method.FlexibleElement is not null)
            {
                writer.Line($"ArgumentNullException.ThrowIfNull({name});");
                writer.Line($"{(returns.Length == 0 ? "" : "int result = ")}{call}({request}, {name}.UnsafePointer);");
                writer.Line($"GC.KeepAlive({name});");
                if (returns.Length > 0)
                    writer.Line($"return {Result(method, "result")};");
                return;
            }
            if (IsScalar(method))
            {
                writer.Line($"{returns}{Result(method, $"{call}({request}, &{name})")};");
                return;
            }
            if (method.Takes == IoctlTakes.Out)
                writer.Line($"{name} = default;");
            writer.Line($"fixed ({method.ArgumentType}* pointer = &{name})");
            writer.Line($"    {returns}{Result(method, $"{call}({request}, pointer)")};");
        }
    }

    // In a user's project, which need not allow unsafe code.
    private static void WriteSafeMethod(SourceWriter writer, IoctlMethod method, string call, string request, string result)
    {
        var name = method.Parameter;
        var passing =
            method.FlexibleElement is not null ? ""
            : method.Takes == IoctlTakes.In ? "in "
            : "ref ";
        var statement = Result(method, $"{call}({request}, {passing}{name})");
        if (method.Takes != IoctlTakes.Out || method.FlexibleElement is not null)
        {
            writer.Line($"public {result} {method.Name}({Parameter(method)}) => {statement};");
            return;
        }
        using (writer.Block($"public {result} {method.Name}({Parameter(method)})"))
        {
            writer.Line($"{name} = default;");
            writer.Line($"{(method.Returns == IoctlReturns.Nothing ? "" : "return ")}{statement};");
        }
    }

    // What hand-written methods say of errors is a reference to this.
    private static string? Reasons(string head, EquatableArray<IoctlErrorText> errors) =>
        errors.Count == 0 ? null : head + string.Concat(errors.Select(static e => $" {e.Errno}: {e.Text}"));

    private static string Parameter(IoctlMethod method) =>
        method.FlexibleElement is { } element ? $"KvmBuffer<{method.ArgumentType}, {element}> {method.Parameter}"
        : IsScalar(method) ? $"{method.ArgumentType} {method.Parameter}"
        : $"{method.Takes.ToString().ToLowerInvariant()} {method.ArgumentType} {method.Parameter}";

    // The kernel wants its address; a caller need not know.
    private static bool IsScalar(IoctlMethod method) =>
        method.Takes == IoctlTakes.In
        && method.FlexibleElement is null
        && method.ArgumentType is { } type
        && CSharpInteger.Find(type) is not null;

    private static string Result(IoctlMethod method, string call) =>
        method.Returns is IoctlReturns.Nothing or IoctlReturns.Value ? call : $"new SafeFileHandle({call}, ownsHandle: true)";

    private static string Direction(IoctlMethod method) =>
        method.Takes switch
        {
            IoctlTakes.Value => "The argument, passed by value.",
            IoctlTakes.In => "Read by the kernel.",
            IoctlTakes.Out => "Filled in by the kernel.",
            _ => "Read and filled in by the kernel.",
        };
}
