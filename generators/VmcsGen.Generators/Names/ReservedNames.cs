using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Generators.Names;

/// <summary>Names that emitted code needs for something else.</summary>
internal static class ReservedNames
{
    // Types by which emitted code would no longer find what it means if a spec gave a type of its own the name.
    private static readonly HashSet<string> Types =
    [
        "ArgumentNullException",
        "BigEndian",
        "BitFieldPart",
        "BitFieldParts",
        "CpuidFeature",
        "Dictionary",
        "EditorBrowsable",
        "EditorBrowsableState",
        "FieldOffset",
        "Flags",
        "GC",
        "IEquatable",
        "IKvmFlexible",
        "IVmcsAccess",
        "IVmcsLayout",
        "InlineArray",
        "Int128",
        "InvalidOperationException",
        "IoctlInfo",
        "KvmBitFields",
        "KvmBuffer",
        "KvmDevice",
        "KvmException",
        "KvmHost",
        "KvmIoctl",
        "KvmVcpu",
        "KvmVm",
        "LayoutKind",
        "MemoryMarshal",
        "MethodImpl",
        "MethodImplOptions",
        "ModuleInitializer",
        "NativeName",
        "NativeNameAttribute",
        "Obsolete",
        "ReadOnlySpan",
        "SafeFileHandle",
        "Span",
        "UInt128",
        "StructLayout",
        "SystemCallException",
        "UnsafeIoctls",
        "Vmcs",
        "VmcsField",
        "VmcsFieldInfo",
        "VmcsFields",
        "VmcsLayoutMember",
        "VmcsLayouts",
        "VmcsMemory",
        "VmcsValueForm",
        "VmxMsr",
        "VmxMsrValues",
        "VmxResult",
        "System",
        "Microsoft",
        "VmcsGen",
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

    public static readonly IReadOnlyCollection<string> StructMembers = Set();

    public static readonly IReadOnlyCollection<string> ConstantsMembers = Set();

    public static readonly IReadOnlyCollection<string> IoctlMembers = Set("All", "Table", "NameOf", "MeaningOf", "CapabilityOf");

    public static readonly IReadOnlyCollection<string> BitFieldMembers = Set("Value", "_value", "Parts", "Table");

    public static readonly IReadOnlyCollection<string> LayoutMembers = Set(
        "SizeInBytes",
        "RevisionId",
        "FieldPlaces",
        "HasEarlyFields",
        "StoredFields",
        "CleanFieldsOffset",
        "CleanMasks",
        "Members",
        "Table",
        "TryRead",
        "TryWrite"
    );

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
    public static readonly IReadOnlyCollection<string> FieldMembers = [.. EnumMembers, "All", "Table", "Access", "AddFields"];

    /// <summary>Members of all classes that own a descriptor.</summary>
    public static readonly IReadOnlyCollection<string> DescriptorMembers = Set("Dispose", "Handle", "UnsafeIoctl");

    public static bool IsType(string name) => Types.Contains(name);

    private static HashSet<string> Set(params string[] names) => [.. names, .. ObjectMembers];
}
