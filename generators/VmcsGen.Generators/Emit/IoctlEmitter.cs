using System.Linq;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.Units;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Emit;

/// <summary>Emits a typed method for each ioctl on the class that owns the descriptor.</summary>
internal static class IoctlEmitter
{
    private delegate void PointerMethodWriter(SourceWriter writer, IoctlMethod method, string call, string request, string result);

    public static string Emit(IoctlMethodsUnit unit)
    {
        var writer = SourceWriter.ForFile(
            unit.Target,
            "System",
            "System.ComponentModel",
            "System.Runtime.CompilerServices",
            "System.Runtime.InteropServices",
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
            {
                // A type of the user's may have members of these names.
                var call = unit.Form switch
                {
                    IoctlOwnerForm.Owner => $"((IDescriptorOwner){target}).Descriptor.UnsafeIoctl",
                    IoctlOwnerForm.Handle => $"((SafeHandle){target}).UnsafeIoctl",
                    _ => $"{target}.UnsafeIoctl",
                };
                WriteMethods(writer, unit, call, $"{unit.NumbersClass}.{IoctlNumbersEmitter.InfoClass}", WriteSafeMethod);
            }
        }
        else
        {
            using (writer.Block($"public sealed partial class {owner}"))
                WriteMethods(writer, unit, "Ioctl", unit.NumbersClass, WriteUnsafeMethod);
        }
        return writer.ToString();
    }

    private static void WriteMethods(
        SourceWriter writer,
        IoctlMethodsUnit unit,
        string call,
        string requests,
        PointerMethodWriter writePointerMethod
    )
    {
        var exception = unit.Form == IoctlOwnerForm.Kvm ? "KvmException" : "SystemCallException";
        foreach (var method in unit.Methods)
        {
            writer.Gap();
            WriteMethod(writer, method, call, $"{requests}.{method.Native}", exception, writePointerMethod);
        }
    }

    private static void WriteMethod(
        SourceWriter writer,
        IoctlMethod method,
        string call,
        string request,
        string exception,
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
        Docs.Element(
            writer,
            $"exception cref=\"{exception}\"",
            Docs.Reasons("The kernel refused.", method.Errors) ?? "The kernel refused."
        );
        Docs.Attributes(writer, method.Doc, method.Name);
        if (method.Prefer is not null)
            writer.Line("[EditorBrowsable(EditorBrowsableState.Advanced)]");
        var result = method.ResultType;
        switch (method.Takes)
        {
            case IoctlTakes.Nothing:
                // Zero as an int would be an argument in memory.
                writer.Line($"public {result} {method.Name}() => {Result(method, $"{call}({request}, (nuint)0)")};");
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
        method.Returns is IoctlReturns.Nothing or IoctlReturns.Value ? call : $"UnsafeIoctls.Adopt(new {method.ResultType}(), {call})";

    private static string Direction(IoctlMethod method) =>
        method.Takes switch
        {
            IoctlTakes.Value => "The argument, passed by value.",
            IoctlTakes.In => "Read by the kernel.",
            IoctlTakes.Out => "Filled in by the kernel.",
            _ => "Read and filled in by the kernel.",
        };
}
