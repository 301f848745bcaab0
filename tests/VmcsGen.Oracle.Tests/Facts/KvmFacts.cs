using System;
using System.Collections.Generic;

namespace VmcsGen.Oracle.Tests.Facts;

/// <summary>The KVM interface of one version of the kernel's headers, compiled for one machine.</summary>
/// <param name="Kernel">The kernel.</param>
/// <param name="Structs">Structs and unions by tag.</param>
/// <param name="Ioctls">Ioctls whose arguments exist there.</param>
/// <param name="OtherIoctls">Ioctls of other architectures, whose arguments do not.</param>
/// <param name="Constants">Macros with a number, and enumerators.</param>
/// <param name="BigEndian">Whether the machine has the highest byte first.</param>
/// <param name="OtherMacros">Macros that are no numbers, or have parameters; null where they are not recorded.</param>
internal sealed record KvmFacts(
    string Kernel,
    IReadOnlyDictionary<string, StructFact> Structs,
    IReadOnlyDictionary<string, IoctlFact> Ioctls,
    IReadOnlyList<string> OtherIoctls,
    IReadOnlyDictionary<string, Int128> Constants,
    bool BigEndian = false,
    IReadOnlyList<string>? OtherMacros = null
)
{
    public const string Newest = "kvm_x86_64.json";
    public const string Linux612 = "kvm612_x86_64.json";

    public static KvmFacts Read(string name) => FactsFile.Read<KvmFacts>(name);
}

/// <summary>A C struct or union.</summary>
internal sealed record StructFact(int Size, int Align, IReadOnlyList<MemberFact> Members);

/// <summary>A member at any depth, by the path that C code writes.</summary>
/// <param name="Path">The path; <c>[]</c> marks an element of an array of structs without a name.</param>
/// <param name="Type">The type, without bounds of arrays.</param>
/// <param name="Offset">The byte at which it begins, if it is no bit-field.</param>
/// <param name="Size">Its bytes; of a flexible array those of an element.</param>
/// <param name="Dims">Bounds of arrays.</param>
/// <param name="Flexible">Whether it is a flexible array.</param>
/// <param name="Bit">Where a bit-field begins, in bits from the start of the struct.</param>
/// <param name="Bits">How many bits a bit-field has.</param>
internal sealed record MemberFact(
    string Path,
    string Type,
    int Offset,
    int Size,
    IReadOnlyList<int>? Dims,
    bool Flexible,
    int Bit,
    int? Bits
);

/// <summary>An ioctl.</summary>
internal sealed record IoctlFact(long Value, int Number, string Direction, string? Argument);
