using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Specs;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Model;

// The model of one spec file, as its author wrote it: nothing is resolved yet. All records compare by value and hold
// token ordinals instead of positions, so that moving a line does not make a file look changed.

internal enum SpecKind
{
    VmcsFields,
    BitFields,
    Enums,
    Layouts,
    Msrs,
    Cpuid,
    KvmStructs,
    KvmIoctls,
    KvmConstants,
}

/// <param name="Items">The items that have no mistake of their own.</param>
/// <param name="Broken">The names of those that have, and of their parts.</param>
internal sealed record SpecFile(
    string Path,
    string Stem,
    SpecKind Kind,
    string? Source,
    string? Header,
    string? Namespace,
    bool? IsPublic,
    EquatableArray<SpecItem> Items,
    EquatableArray<string> Broken = default
)
{
    /// <summary>Where the namespace stands, or the file's beginning.</summary>
    public int NamespaceAt { get; init; }

    /// <summary>The machines that it is about; none for x86-64.</summary>
    public EquatableArray<Architecture> Architectures { get; init; }

    /// <summary>Where they stand, or the file's beginning.</summary>
    public int ArchitecturesAt { get; init; }

    /// <summary>Whether it is about several machines: sizes and request numbers that it states are those of x86-64.</summary>
    public bool IsShared => Architectures.Count > 1;

    /// <summary>Whether the file is one of the package's own, which <c>VmcsGenEmit=all</c> puts beside the project's.</summary>
    public bool IsBuiltIn { get; init; }

    /// <summary>Whether it is about a machine.</summary>
    public bool Holds(Architecture architecture) => Architectures.Count == 0 ? architecture.IsX64 : Architectures.Contains(architecture);

    /// <summary>A file of which nothing can be used but the names in it.</summary>
    public static SpecFile Unreadable(string path, IEnumerable<string> names) =>
        new(path, "", SpecKind.Enums, null, null, null, null, default, names.ToEquatable());
}

internal abstract record SpecItem(Spot<string> Name, ItemDoc Doc)
{
    /// <summary>A number for what the file says of the item, wherever it stands: the same YAML gives the same.</summary>
    public ulong Fingerprint { get; init; }

    /// <summary>The names by which other items may refer to this one or to its parts.</summary>
    public virtual IEnumerable<string> Names => [Name.Value];
}

internal sealed record VmcsFieldItem(
    Spot<string> Name,
    ItemDoc Doc,
    Spot<ulong> Encoding,
    Spot<string>? Type,
    EquatableArray<Spot<string>> ExistsWhen,
    FieldCheckItem? Check
) : SpecItem(Name, Doc);

/// <summary>What VM entry demands of any value of a field, and WRMSR of any value of an MSR.</summary>
internal enum ValueForm
{
    Any,
    PhysicalAddress,
    Canonical,
    Nonzero,
    MemoryTypes,
}

/// <summary>What VM entry demands of a field, and the control bit under which it does.</summary>
internal sealed record FieldCheckItem(int At, ValueForm Form, Spot<ulong> ZeroBits, Spot<string>? When, string? See);

internal sealed record BitFieldItem(
    Spot<string> Name,
    ItemDoc Doc,
    bool Extends,
    int Size,
    Spot<string>? Capability,
    Spot<string>? TrueCapability,
    Spot<string>? Word,
    Spot<string>? ActivatedBy,
    EquatableArray<BitPartItem> Parts
) : SpecItem(Name, Doc)
{
    // Bits that are added leave what they are added to as it is.
    public override IEnumerable<string> Names => Parts.Select(static part => part.Name.Value).Concat(Extends ? [] : [Name.Value]);
}

internal sealed record BitPartItem(Spot<string> Name, ItemDoc Doc, Spot<int> Low, int High, Spot<string>? Enum, bool InPlace)
    : SpecItem(Name, Doc);

internal enum EnumForm
{
    Enum,
    Flags,
    Constants,
}

internal sealed record EnumItem(
    Spot<string> Name,
    ItemDoc Doc,
    EnumForm Form,
    int Size,
    bool IsSigned,
    bool HasTexts,
    EquatableArray<EnumValueItem> Values
) : SpecItem(Name, Doc)
{
    // Constants of headers are referred to by themselves.
    public override IEnumerable<string> Names =>
        Values.Select(static value => value.Constant?.Native.Value).OfType<string>().Prepend(Name.Value);

    /// <summary>The values that a machine has.</summary>
    public IEnumerable<EnumValueItem> ValuesOn(Architecture architecture) =>
        Values.Where(value => value.Architectures.Count == 0 || value.Architectures.Contains(architecture));
}

/// <param name="Name">The C# name.</param>
/// <param name="Doc">What is said about it.</param>
/// <param name="Value">The number, where the kind of the spec takes numbers alone; else it is in <paramref name="Constant"/>.</param>
/// <param name="Constant">What a constant of a header stands for; null in the kind <c>enums</c>.</param>
internal sealed record EnumValueItem(Spot<string> Name, ItemDoc Doc, Spot<ulong> Value, ConstantItem? Constant = null) : SpecItem(Name, Doc)
{
    /// <summary>The machines that have it; none where all have.</summary>
    public EquatableArray<Architecture> Architectures { get; init; }
}

/// <summary>What a constant stands for: an expression, or a text.</summary>
/// <param name="Native">Its name in C.</param>
/// <param name="Expression">A number, or what gives one.</param>
/// <param name="Text">The text; null for a number.</param>
/// <param name="Overlaps">Why a flag has bits in common with others; null if it has none.</param>
internal sealed record ConstantItem(Spot<string> Native, Spot<string> Expression, Spot<string>? Text, string? Overlaps);

internal sealed record LayoutItem(
    Spot<string> Name,
    ItemDoc Doc,
    Spot<int> Size,
    ulong? Revision,
    Spot<string>? CleanFields,
    EquatableArray<LayoutFieldItem> Fields
) : SpecItem(Name, Doc);

/// <summary>A member of a layout: a VMCS field when <paramref name="StoresField"/>, else a member of the stated type.</summary>
internal sealed record LayoutFieldItem(
    Spot<string> Name,
    ItemDoc Doc,
    Spot<int> Offset,
    bool StoresField,
    Spot<string>? Type,
    Spot<string>? Group
) : SpecItem(Name, Doc);

/// <param name="Writable">The bits that WRMSR may set: none for a read-only MSR; null where nothing is said.</param>
/// <param name="Form">What WRMSR demands of the value as a whole.</param>
internal sealed record MsrItem(
    Spot<string> Name,
    ItemDoc Doc,
    Spot<ulong> Index,
    Spot<string>? Type,
    ulong? Writable = null,
    ValueForm Form = ValueForm.Any
) : SpecItem(Name, Doc);

internal sealed record StructItem(
    Spot<string> Name,
    ItemDoc Doc,
    Spot<string>? Capability,
    string? CSharpName,
    Spot<int> Size,
    bool IsUnion,
    bool IsPacked,
    int? Align,
    EquatableArray<MemberItem> Members
) : SpecItem(Name, Doc)
{
    /// <summary>The struct as a machine has it.</summary>
    public StructItem For(Architecture architecture) =>
        Members.All(member => member.IsWholeFor(architecture)) ? this : this with { Members = MemberItem.For(Members, architecture) };
}

internal enum MemberForm
{
    Field,
    Struct,
    Union,
}

/// <summary>What the member says that counts a flexible array.</summary>
internal enum CountUnit
{
    /// <summary>How many elements there are.</summary>
    Elements,

    /// <summary>How many bytes the elements have.</summary>
    Bytes,

    /// <summary>How many bytes the struct has together with the elements.</summary>
    AllBytes,
}

/// <summary>A member of a C struct; its name is empty when the member is anonymous.</summary>
internal sealed record MemberItem(
    Spot<string> Name,
    ItemDoc Doc,
    MemberForm Form,
    Spot<string>? Type,
    EquatableArray<MemberItem> Members,
    string? CSharpName,
    string? CSharpType,
    Spot<string>? Enum,
    Spot<string>? Count,
    CountUnit Counts,
    Spot<int>? Bits,
    Spot<int>? Length,
    Spot<int>? Align,
    bool IsPacked,
    bool IsFlag,
    bool IsPadding
) : SpecItem(Name, Doc)
{
    /// <summary>The machines that have it; none where all have.</summary>
    public EquatableArray<Architecture> Architectures { get; init; }

    /// <summary>Whether a machine has it with all members of its own.</summary>
    public bool IsWholeFor(Architecture architecture) => Exists(architecture) && Members.All(member => member.IsWholeFor(architecture));

    /// <summary>The members that a machine has.</summary>
    public static EquatableArray<MemberItem> For(EquatableArray<MemberItem> members, Architecture architecture) =>
        members
            .Where(member => member.Exists(architecture))
            .Select(member => member.IsWholeFor(architecture) ? member : member with { Members = For(member.Members, architecture) })
            .ToEquatable();

    private bool Exists(Architecture architecture) => Architectures.Count == 0 || Architectures.Contains(architecture);
}

internal enum IoctlDirection
{
    None = 0,
    Write = 1,
    Read = 2,
    ReadWrite = 3,
}

internal enum IoctlTakes
{
    Nothing,
    Value,
    In,
    Out,
    Ref,
}

internal enum IoctlReturns
{
    Nothing,
    Value,
    Vm,
    Vcpu,
    Device,
    Descriptor,

    /// <summary>A descriptor, as a C# type that the spec names.</summary>
    Handle,
}

internal enum IoctlOwner
{
    System,
    Vm,
    Vcpu,
    Device,
}

internal enum IoctlMethodForm
{
    /// <summary>The method is emitted.</summary>
    Generated,

    /// <summary>The runtime has a method written by hand.</summary>
    Handwritten,

    /// <summary>There is none, because this architecture does not have the ioctl.</summary>
    None,
}

internal sealed record IoctlItem(
    Spot<string> Name,
    ItemDoc Doc,
    Spot<string>? Capability,
    string? CSharpName,
    int Type,
    Spot<int> Number,
    IoctlDirection Direction,
    Spot<ulong>? Request,
    EquatableArray<IoctlOwnerRef> On,
    Spot<string>? Argument,
    IoctlTakes Takes,
    string? Parameter,
    IoctlReturns Returns,
    Spot<string>? Handle,
    IoctlMethodForm Method,
    string? Prefer,
    EquatableArray<IoctlErrorItem> Errors
) : SpecItem(Name, Doc)
{
    /// <summary>The type byte of KVM's ioctls.</summary>
    public const int KvmType = 0xAE;

    /// <summary>What all names begin with and no C# name does.</summary>
    public const string Prefix = "KVM_";

    /// <summary>The C# types that it names.</summary>
    public IEnumerable<Spot<string>> Handles => Handle is { } returned ? NamedOwners.Concat([returned]) : NamedOwners;

    private IEnumerable<Spot<string>> NamedOwners => On.Where(static owner => owner.Kvm is null).Select(static owner => owner.Name);
}

/// <summary>What an ioctl is called on.</summary>
/// <param name="Kvm">The class of the runtime; null if the spec names a C# type.</param>
/// <param name="Name">What the spec says.</param>
internal readonly record struct IoctlOwnerRef(IoctlOwner? Kvm, Spot<string> Name);

/// <summary>What an error of an ioctl means.</summary>
internal readonly record struct IoctlErrorItem(Spot<string> Errno, string Text);
