using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using VmcsGen.Vmx;

namespace VmcsGen.Oracle.Tests.Generated;

/// <summary>A generated bit-field: its parts by C# name.</summary>
internal sealed class GeneratedBitField
{
    private delegate ReadOnlySpan<BitFieldPart> PartsGetter();

    public GeneratedBitField(Type type)
    {
        Type = type;
        Parts = type.GetProperty("Parts")!.GetMethod!.CreateDelegate<PartsGetter>()().ToArray().ToDictionary(static p => p.Name);
    }

    public Type Type { get; }

    public int SizeInBits => ManagedLayout.SizeOf(Type) * 8;

    public IReadOnlyDictionary<string, BitFieldPart> Parts { get; }

    /// <summary>Whether a type is a generated bit-field.</summary>
    public static bool Is(Type type) =>
        type is { IsValueType: true, IsEnum: false }
        && type.GetProperty("Parts", BindingFlags.Static | BindingFlags.Public)?.PropertyType == typeof(ReadOnlySpan<BitFieldPart>);

    /// <summary>Wraps a raw value.</summary>
    public static object Of(Type type, ulong value) =>
        Activator.CreateInstance(type, Numbers.Of(value, type.GetProperty("Value")!.PropertyType))!;

    /// <summary>The raw value of a bit-field.</summary>
    public static ulong Raw(object bitField) => (ulong)Numbers.From(bitField.GetType().GetProperty("Value")!.GetValue(bitField)!);
}
