using System;

namespace VmcsGen.Oracle.Tests.Generated;

/// <summary>Raw numbers as values of a field's type: an integer, an enum or a bit-field; and back.</summary>
internal static class RawValues
{
    public static object Of(Type type, ulong raw) => GeneratedBitField.Is(type) ? GeneratedBitField.Of(type, raw) : Numbers.Of(raw, type);

    public static ulong From(object value) =>
        GeneratedBitField.Is(value.GetType()) ? GeneratedBitField.Raw(value) : (ulong)Numbers.From(value);
}
