using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using VmcsGen.Oracle.Tests.Facts;
using VmcsGen.Oracle.Tests.Generated;
using VmcsGen.Oracle.Tests.Support;

namespace VmcsGen.Oracle.Tests.Kvm;

/// <summary>A machine that VmcsGen.Kvm.Abi has the interface of.</summary>
/// <param name="Name">What specs call it.</param>
/// <param name="Namespace">The last part of its namespace.</param>
internal sealed record KvmMachine(string Name, string Namespace)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<KvmMachine> All { get; } =
    [new("arm64", "Arm64"), new("riscv64", "Riscv64"), new("s390x", "S390x"), new("ppc64le", "Ppc64le")];

    /// <summary>The property that the project has, which says which machines they are.</summary>
    public static string Property => string.Join(',', All.Select(static machine => machine.Name));

    /// <summary>The namespace of the project.</summary>
    public const string Root = "VmcsGen.Kvm.Abi";

    /// <summary>The record of its interface.</summary>
    public KvmFacts Facts => KvmFacts.Read($"kvm_{Name}.json");

    /// <summary>Whether a spec is about one of these machines alone.</summary>
    public static bool IsOfOne(string path) =>
        All.Any(machine => path.StartsWith($"spec/kvm/{machine.Name}/", System.StringComparison.Ordinal));

    /// <summary>The generated code.</summary>
    public GeneratedKvm Of(Assembly assembly, string root = Root) =>
        new(assembly, $"{root}.{Namespace}", static type => type.Name == "KvmIoctl");

    /// <summary>Names that the specs leave out, by the reason.</summary>
    public IReadOnlyDictionary<string, string> LeftOut => LeftOutNames.Read("spec", "kvm", Name, $"left-out.{Name}.txt");

    /// <inheritdoc/>
    public override string ToString() => Name;
}
