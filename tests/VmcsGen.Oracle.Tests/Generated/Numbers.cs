using System;
using System.Globalization;

namespace VmcsGen.Oracle.Tests.Generated;

/// <summary>Turns numbers into values of types known only at run time, and back.</summary>
internal static class Numbers
{
    /// <summary>Whether an unsigned number fits into an unsigned type, an enum or a bool.</summary>
    public static bool Fits(ulong value, Type type) => value <= Largest(type);

    public static object Of(ulong value, Type type) =>
        type.IsEnum ? Enum.ToObject(type, value)
        : type == typeof(bool) ? value != 0
        : type == typeof(nuint) ? (nuint)value
        : Convert.ChangeType(value, type, CultureInfo.InvariantCulture);

    /// <summary>The number that a constant, an enum's value or a bool stands for.</summary>
    public static Int128 From(object value) =>
        value switch
        {
            Enum e => From(Convert.ChangeType(e, Enum.GetUnderlyingType(e.GetType()), CultureInfo.InvariantCulture)),
            bool b => b ? 1 : 0,
            ulong u => u,
            nuint u => (ulong)u,
            _ => Convert.ToInt64(value, CultureInfo.InvariantCulture),
        };

    private static ulong Largest(Type type) =>
        Type.GetTypeCode(type.IsEnum ? Enum.GetUnderlyingType(type) : type) switch
        {
            TypeCode.Boolean => 1,
            TypeCode.Byte => byte.MaxValue,
            TypeCode.UInt16 => ushort.MaxValue,
            TypeCode.UInt32 => uint.MaxValue,
            _ => ulong.MaxValue,
        };
}
