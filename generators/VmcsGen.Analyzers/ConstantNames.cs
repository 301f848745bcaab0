using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace VmcsGen.Analyzers;

/// <summary>The names of a type's constants by value: the members of an enum, or the constants of a class.</summary>
internal sealed class ConstantNames(INamedTypeSymbol type)
{
    // Most compilations write names and never ask.
    private readonly Lazy<Dictionary<ulong, string>> _names = new(() =>
        type.GetMembers()
            .OfType<IFieldSymbol>()
            .Where(static field => field.HasConstantValue)
            .GroupBy(static field => ToNumber(field.ConstantValue)!.Value)
            .ToDictionary(static same => same.Key, static same => same.First().Name)
    );

    public INamedTypeSymbol Type => type;

    public string? NameOf(ulong value) => _names.Value.TryGetValue(value, out var name) ? name : null;

    /// <summary>A constant integer as 64 bits, sign-extended; null if it is no integer.</summary>
    public static ulong? ToNumber(object? constant) =>
        constant switch
        {
            ulong number => number,
            sbyte or short or int or long => unchecked((ulong)Convert.ToInt64(constant, CultureInfo.InvariantCulture)),
            byte or ushort or uint or char => Convert.ToUInt64(constant, CultureInfo.InvariantCulture),
            _ => null,
        };
}
