using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.References;

/// <summary>
/// The members of the classes of the runtime that specs extend, as the project sees them. C# prefers them to extensions: one of the same
/// name would be there and never be called.
/// </summary>
/// <param name="Names">Each as Type.Member.</param>
internal sealed record ClassMembers(EquatableArray<string> Names)
{
    private static readonly string[] Extended =
    [
        "VmcsGen.Kvm.KvmHost",
        "VmcsGen.Kvm.KvmVm",
        "VmcsGen.Kvm.KvmVcpu",
        "VmcsGen.Kvm.KvmDevice",
        "VmcsGen.Vmx.Vmcs`1",
    ];

    private readonly HashSet<string> _names = [.. Names];

    public static ClassMembers None { get; } = new(default(EquatableArray<string>));

    public static ClassMembers Of(Compilation compilation) =>
        new(
            Extended
                .SelectMany(name => compilation.GetTypesByMetadataName(name))
                .SelectMany(type => MemberNames.Of(type, compilation).Select(member => $"{type.Name}.{member}"))
                .Distinct()
                .ToEquatable()
        );

    public bool Contains(string type, string member) => _names.Contains($"{type}.{member}");

    public bool Equals(ClassMembers? other) => other is not null && Names.Equals(other.Names);

    public override int GetHashCode() => Names.GetHashCode();
}
