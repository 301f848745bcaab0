using System;
using VmcsGen.Kvm.Interop;
using VmcsGen.Oracle.Tests.Generated;

namespace VmcsGen.Oracle.Tests.Kvm;

/// <summary>Which C# type stands for a C type.</summary>
internal static class CTypes
{
    /// <summary>The same on another machine, whose addresses need not have the width of this one's.</summary>
    public static string? ExpectedElsewhere(string native) => Expected(native) is nameof(UIntPtr) ? nameof(UInt64) : Expected(native);

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
            "unsigned __int128" or "__u128" => nameof(UInt128),
            _ when native.EndsWith('*') => nameof(UIntPtr),
            "struct <anonymous>" or "union <anonymous>" => null,
            _ => native[(native.IndexOf(' ', StringComparison.Ordinal) + 1)..],
        };

    /// <summary>The same of a C# type; an enum counts as its underlying type.</summary>
    public static string? Actual(Type type) =>
        type.IsEnum ? Enum.GetUnderlyingType(type).Name
        : type.IsPrimitive || type == typeof(UInt128) ? type.Name
        : type.IsGenericType && type.GetGenericTypeDefinition() == typeof(BigEndian<>) ? type.GenericTypeArguments[0].Name
        : type.IsNested ? null
        : NativeNames.Of(type);
}
