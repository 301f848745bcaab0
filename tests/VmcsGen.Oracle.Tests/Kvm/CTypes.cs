using System;
using VmcsGen.Oracle.Tests.Generated;

namespace VmcsGen.Oracle.Tests.Kvm;

/// <summary>Which C# type stands for a C type.</summary>
internal static class CTypes
{
    /// <summary>The C type's name in C#: a simple type, or a native name; null for structs and unions without a name.</summary>
    public static string? Expected(string native) =>
        native switch
        {
            "__u8" or "char" => nameof(Byte),
            "__s8" => nameof(SByte),
            "__u16" => nameof(UInt16),
            "__s16" => nameof(Int16),
            "__u32" or "unsigned int" => nameof(UInt32),
            "__s32" or "int" => nameof(Int32),
            "__u64" or "unsigned long long" => nameof(UInt64),
            "__s64" => nameof(Int64),
            "unsigned long" => nameof(UIntPtr),
            _ when native.EndsWith('*') => nameof(UIntPtr),
            "struct <anonymous>" or "union <anonymous>" => null,
            _ => native["struct ".Length..],
        };

    /// <summary>The same of a C# type; an enum counts as its underlying type.</summary>
    public static string? Actual(Type type) =>
        type.IsEnum ? Enum.GetUnderlyingType(type).Name
        : type.IsPrimitive ? type.Name
        : type.IsNested ? null
        : NativeNames.Of(type);
}
