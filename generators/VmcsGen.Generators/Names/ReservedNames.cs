using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Generators.Names;

/// <summary>Names that emitted code needs for something else.</summary>
internal static class ReservedNames
{
    // Types by which emitted code would no longer find what it means if a spec gave a type or a namespace of its own the name.
    private static readonly HashSet<string> Used =
    [
        "ArgumentNullException",
        "Attribute",
        "BigEndian",
        "BitFieldPart",
        "BitFieldParts",
        "CpuidFeature",
        "EditorBrowsableState",
        "GC",
        "IDescriptorOwner",
        "IVmcsAccess",
        "IVmcsLayout",
        "Int128",
        "InvalidOperationException",
        "IoctlInfo",
        "KvmBitFields",
        "KvmDevice",
        "KvmException",
        "KvmHost",
        "KvmVcpu",
        "KvmVm",
        "LayoutKind",
        "MemoryMarshal",
        "MethodImplOptions",
        "SafeFileHandle",
        "SafeHandle",
        "SystemCallException",
        "UInt128",
        "UnsafeIoctls",
        "VmcsField",
        "VmcsFieldInfo",
        "VmcsFields",
        "VmcsLayoutMember",
        "VmcsLayouts",
        "VmcsMemory",
        "VmcsValueForm",
        "VmxResult",
    ];

    // Attributes, generic types and namespaces: for these, only a type of the name stands in the way.
    private static readonly HashSet<string> Types =
    [
        .. Used,
        "Dictionary",
        "EditorBrowsable",
        "FieldOffset",
        "Flags",
        "IEquatable",
        "IKvmFlexible",
        "InlineArray",
        "KvmBuffer",
        "KvmIoctl",
        "MethodImpl",
        "Microsoft",
        "ModuleInitializer",
        "NativeName",
        "NativeNameAttribute",
        "Obsolete",
        "ReadOnlySpan",
        "Span",
        "StructLayout",
        "System",
        "Vmcs",
        "VmcsGen",
        "VmxMsr",
        "VmxMsrValues",
    ];

    // What every type has from System.Object: to hide it is a warning, which a project may treat as an error.
    private static readonly string[] ObjectMembers =
    [
        "Equals",
        "Finalize",
        "GetHashCode",
        "GetType",
        "MemberwiseClone",
        "ReferenceEquals",
        "ToString",
    ];

    private static readonly HashSet<string> StructMembers = Set("EditorBrowsableState", "KvmBitFields", "LayoutKind");

    public static readonly IReadOnlyCollection<string> ConstantsMembers = Set();

    public static readonly IReadOnlyCollection<string> IoctlMembers = Set("All", "Table", "NameOf", "MeaningOf", "CapabilityOf");

    public static readonly IReadOnlyCollection<string> BitFieldMembers = Set(
        "Value",
        "get_Value",
        "set_Value",
        "_value",
        "Parts",
        "get_Parts",
        "set_Parts",
        "BitFieldParts",
        "Table",
        "op_BitwiseAnd",
        "op_BitwiseOr",
        "op_Equality",
        "op_Explicit",
        "op_Inequality",
        "op_OnesComplement"
    );

    /// <summary>Members of a layout, and names that the code of one needs.</summary>
    public static readonly IReadOnlyCollection<string> LayoutMembers = Set(
        "SizeInBytes",
        "RevisionId",
        "FieldPlaces",
        "HasEarlyFields",
        "LayoutKind",
        "StoredFields",
        "CleanFieldsOffset",
        "CleanMasks",
        "Members",
        "Table",
        "TryRead",
        "TryWrite",
        "MethodImplOptions",
        "VmcsField",
        "VmcsLayouts"
    );

    // The type that gives access to memory of the layout.
    private static readonly HashSet<string> ImageMembers = Set("Bytes", "Create", "FromBytes", "Read", "Write");

    /// <summary>Whether code of a layout of this name would not find it.</summary>
    public static bool IsLayout(string name) => LayoutMembers.Contains(name) || ImageMembers.Contains(name);

    /// <summary>Members of every enum.</summary>
    public static readonly IReadOnlyCollection<string> EnumMembers = Set(
        "CompareTo",
        "Format",
        "GetName",
        "GetNames",
        "GetTypeCode",
        "GetUnderlyingType",
        "GetValues",
        "GetValuesAsUnderlyingType",
        "HasFlag",
        "IsDefined",
        "Parse",
        "ToObject",
        "TryFormat",
        "TryParse",
        "value__"
    );

    /// <summary>Members of the class with a file's fields, of <c>Vmcs</c>, and of <c>VmcsField</c>, which is an enum.</summary>
    public static readonly IReadOnlyCollection<string> FieldMembers =
    [
        .. EnumMembers,
        "All",
        "Table",
        "Access",
        "AddFields",
        "MethodImplOptions",
        "Vmcs",
        "VmcsField",
        "VmcsFields",
        "VmcsValueForm",
    ];

    /// <summary>Members of every class, and what the code of an ioctl's method needs.</summary>
    public static readonly IReadOnlyCollection<string> ClassMembers = Set("EditorBrowsableState", "UnsafeIoctls");

    /// <summary>Whether a struct has this name for something else: a member of every struct, or a unit of C bit-fields.</summary>
    public static bool IsStructMember(string name) =>
        StructMembers.Contains(name) || name.StartsWith("_u", System.StringComparison.Ordinal);

    public static bool IsType(string name) => Types.Contains(name);

    /// <summary>Whether emitted code would take a namespace of this name for a type.</summary>
    public static bool IsNamespace(string name) => Used.Contains(name) || CSharpInteger.Find(name) is not null;

    private static HashSet<string> Set(params string[] names) => [.. names, .. ObjectMembers];
}
