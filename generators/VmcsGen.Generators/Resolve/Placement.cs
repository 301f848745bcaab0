using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.Units;

namespace VmcsGen.Generators.Resolve;

/// <summary>Which namespace the code of a file goes to, and who sees it there.</summary>
/// <param name="options">What is emitted.</param>
/// <param name="architecture">The machine that it is emitted for.</param>
internal sealed class Placement(EmitOptions options, Architecture architecture)
{
    private const string KvmNamespace = "VmcsGen.Kvm";

    private readonly string _rootNamespace = RootNamespace(options, architecture);

    public bool IsOwn => options.Mode == EmitMode.Own;

    public bool IsRuntime => options.Mode == EmitMode.Runtime;

    public bool IsFreestanding => options.Mode == EmitMode.All;

    /// <summary>Whether a file is the project's, and not one of the specs of the package.</summary>
    public bool IsOfProject(FileScope scope) => IsOwn || (IsFreestanding && !scope.File.IsBuiltIn);

    /// <summary>The namespaces that the code of a file may go to.</summary>
    public static IEnumerable<string> NamespacesOf(SpecFile file, EmitOptions options) =>
        options.Mode == EmitMode.Runtime || file.IsBuiltIn
            ? []
            : Machines
                .Of(options)
                .All.Select(machine => (machine.IsX64 ? file.Namespace : null) ?? RootNamespace(options, machine))
                .Where(CSharpNames.IsNamespace);

    /// <summary>What the file of emitted code is called.</summary>
    public string HintOf(string name) => architecture.IsX64 ? $"{name}.g.cs" : $"{architecture.Namespace}.{name}.g.cs";

    /// <summary>The namespace of a file's code. What a file states is for x86-64: the same must not be declared twice.</summary>
    public string Namespace(FileScope scope) =>
        (architecture.IsX64 ? scope.File.Namespace : null) ?? (IsOfProject(scope) ? _rootNamespace : BuiltInNamespace(scope.File.Kind));

    private static string RootNamespace(EmitOptions options, Architecture architecture) =>
        architecture.IsX64 ? options.RootNamespace : $"{options.RootNamespace}.{architecture.Namespace}";

    /// <summary>The access of a file's types: <c>public</c> or <c>internal</c>.</summary>
    public string Access(FileScope scope) => scope.File.IsPublic ?? !IsOfProject(scope) ? "public" : "internal";

    /// <summary>The namespace of the package's own types.</summary>
    public string BuiltInNamespace(SpecKind kind) =>
        !architecture.IsX64 ? _rootNamespace
        : kind is SpecKind.KvmStructs or SpecKind.KvmIoctls or SpecKind.KvmConstants or SpecKind.Cpuid ? KvmNamespace
        : "VmcsGen.Vmx";
}
