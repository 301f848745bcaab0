using System;

namespace VmcsGen.Vmx;

/// <summary>A VMCS field with the value that it had at one moment.</summary>
/// <param name="info">The field.</param>
/// <param name="value">Its value, zero-extended.</param>
public readonly struct VmcsFieldValue(VmcsFieldInfo info, ulong value) : IEquatable<VmcsFieldValue>
{
    /// <summary>The field.</summary>
    public VmcsFieldInfo Info { get; } = info;

    /// <summary>Its value, zero-extended.</summary>
    public ulong Value { get; } = value;

    /// <summary>The value in words: the set bits of a control word, the name of an enum's value, or the number.</summary>
    public string Meaning => Info.Describe(Value);

    /// <summary>Whether two are the same field with the same value.</summary>
    public static bool operator ==(VmcsFieldValue left, VmcsFieldValue right) => left.Equals(right);

    /// <summary>Whether two differ in field or value.</summary>
    public static bool operator !=(VmcsFieldValue left, VmcsFieldValue right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(VmcsFieldValue other) => Info.Field == other.Info.Field && Value == other.Value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is VmcsFieldValue other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Info.Field, Value);

    /// <summary>Name, encoding, value and, where that says more than the number, its meaning.</summary>
    public override string ToString()
    {
        var number = $"0x{Value:X}";
        return $"{Info.Name} (0x{(uint)Info.Field:X4}) = {number}{(Meaning == number ? "" : $" {Meaning}")}";
    }
}
