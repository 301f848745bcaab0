using System;

namespace VmcsGen.Vmx;

/// <summary>A named part of a bit-field: one bit, or several with a value of their own.</summary>
/// <param name="name">C# name of the part's property.</param>
/// <param name="nativeName">The kernel's name of the part, where it has one.</param>
/// <param name="low">The part's lowest bit.</param>
/// <param name="high">The part's highest bit.</param>
/// <param name="describe">Names a value of the part; null when values are plain numbers.</param>
/// <param name="inPlace">Whether the part's value is not shifted, as for an address.</param>
public readonly struct BitFieldPart(
    string name,
    string? nativeName,
    int low,
    int high,
    Func<ulong, string>? describe = null,
    bool inPlace = false
)
{
    /// <summary>C# name of the part's property.</summary>
    public string Name { get; } = name;

    /// <summary>The kernel's name of the part, where it has one.</summary>
    public string? NativeName { get; } = nativeName;

    /// <summary>The part's lowest bit.</summary>
    public int Low { get; } = low;

    /// <summary>The part's highest bit.</summary>
    public int High { get; } = high;

    /// <summary>The bits of the part, in place.</summary>
    public ulong Mask => (High - Low == 63 ? ulong.MaxValue : (1UL << (High - Low + 1)) - 1) << Low;

    /// <summary>What the part holds in a raw value, in words.</summary>
    /// <param name="raw">A raw value of the whole bit-field.</param>
    public string Describe(ulong raw)
    {
        var value = inPlace ? raw & Mask : (raw & Mask) >> Low;
        return describe is null ? $"0x{value:X}" : describe(value);
    }
}
