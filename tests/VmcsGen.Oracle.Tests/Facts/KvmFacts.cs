using System;
using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Oracle.Tests.Facts;

/// <summary>The KVM interface of one version of the kernel's headers, compiled for x86-64.</summary>
internal sealed record KvmFacts(
    string Kernel,
    IReadOnlyDictionary<string, StructFact> Structs,
    IReadOnlyDictionary<string, IoctlFact> Ioctls,
    IReadOnlyDictionary<string, ConstantFact> Constants,
    IReadOnlyDictionary<string, EnumFact> Enums
)
{
    public const string Newest = "kvm_x86_64.json";
    public const string Linux612 = "kvm612_x86_64.json";

    public static KvmFacts Read(string name) => FactsFile.Read<KvmFacts>(name);
}

/// <summary>A C struct or union.</summary>
internal sealed record StructFact(int Size, int Align, IReadOnlyList<MemberFact> Fields);

/// <summary>A member at any depth. Bit-fields have their place in bits from the start of the struct.</summary>
internal sealed record MemberFact(
    string Path,
    string? Name,
    int Offset,
    int Size,
    string Type,
    string? AccessPath,
    IReadOnlyList<int>? Dims,
    int? ElemSize,
    bool FlexibleArray,
    bool Bitfield,
    int BitSize,
    int BitOffset
)
{
    /// <summary>The path as C code writes it: without anonymous structs and unions.</summary>
    public string NativePath => AccessPath ?? Path;

    /// <summary>Whether the member is an anonymous struct or union, of which only the members have names.</summary>
    public bool IsAnonymous => Name is null;

    /// <summary>Whether the member is the empty struct that C needs to put a flexible array into a union or alone into a struct.</summary>
    public bool IsEmptyFiller => Size == 0 && Name?.StartsWith("__empty_", StringComparison.Ordinal) == true;
}

/// <summary>An ioctl; without a value if its argument's type does not exist on x86-64.</summary>
internal sealed record IoctlFact(long? Value, int Nr, string Dir, string? Arg);

/// <summary>A macro with a value.</summary>
internal sealed record ConstantFact(Int128 Value);

/// <summary>A C enum.</summary>
internal sealed record EnumFact(IReadOnlyDictionary<string, Int128> Values);
