using System;
using System.Collections.Generic;

namespace VmcsGen.Oracle.Tests.Generated;

/// <summary>A member of a generated struct, at any depth.</summary>
/// <param name="Offset">Bytes from the start of the outermost struct.</param>
/// <param name="Size">Bytes of the whole member.</param>
/// <param name="ElementType">The member's type, or that of its elements.</param>
/// <param name="Dimensions">Lengths of an array, outermost first; none for other members.</param>
/// <param name="Bits">The place of a C bit-field in bits from the start of the outermost struct; null for other members.</param>
internal sealed record GeneratedMember(int Offset, int Size, Type ElementType, IReadOnlyList<int> Dimensions, BitRange? Bits = null);

/// <summary>Neighbouring bits.</summary>
/// <param name="Low">The lowest bit.</param>
/// <param name="Count">How many bits there are.</param>
internal readonly record struct BitRange(int Low, int Count)
{
    /// <summary>The bits that are set in memory, lowest byte first; they must be neighbours.</summary>
    public static BitRange SetIn(ReadOnlySpan<byte> bytes)
    {
        int low = -1,
            high = -1,
            count = 0;
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            if ((bytes[bit / 8] >> (bit % 8) & 1) == 0)
                continue;
            low = low < 0 ? bit : low;
            high = bit;
            count++;
        }
        return high - low + 1 == count
            ? new(low, count)
            : throw new InvalidOperationException($"The set bits are not neighbours: {Convert.ToHexString(bytes)}.");
    }

    public override string ToString() => Count == 1 ? $"bit {Low}" : $"bits {Low + Count - 1}:{Low}";
}
