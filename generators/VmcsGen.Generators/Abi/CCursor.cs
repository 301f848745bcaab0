using System;
using System.Collections.Generic;

namespace VmcsGen.Generators.Abi;

/// <summary>
/// Where the next member goes, by gcc's rules for 64-bit Linux and its attributes: every member at the next multiple of its alignment,
/// a struct's alignment that of its strictest member, its size a multiple of it; a bit-field never crosses a unit of its type unless
/// it is packed.
/// </summary>
/// <param name="isUnion">Whether all members begin at the start.</param>
internal sealed class CCursor(bool isUnion)
{
    private readonly List<FlexibleShape> _flexible = [];
    private int _nextBit;

    public bool IsUnion { get; } = isUnion;

    public bool IsExplicit { get; set; } = isUnion;

    /// <summary>The end of what was placed.</summary>
    public int End { get; private set; }

    public int Align { get; private set; } = 1;

    /// <summary>The strictest alignment of the types that were placed, packed or not.</summary>
    public int NaturalAlign { get; private set; } = 1;

    public int Size => RoundUp(End, Align);

    public IReadOnlyList<FlexibleShape> Flexible => _flexible;

    /// <summary>Takes bytes for a member.</summary>
    /// <param name="size">How many.</param>
    /// <param name="align">The alignment to give them.</param>
    /// <param name="naturalAlign">The alignment that .NET would give them.</param>
    public int Take(int size, int align, int naturalAlign)
    {
        var offset = IsUnion ? 0 : RoundUp((_nextBit + 7) / 8, align);
        // .NET would place it elsewhere.
        IsExplicit |= align != naturalAlign;
        Raise(align, naturalAlign);
        _nextBit = (offset + size) * 8;
        End = Math.Max(End, offset + size);
        return offset;
    }

    /// <summary>Takes bits for a bit-field and returns the first.</summary>
    /// <param name="width">How many; none begins a new unit.</param>
    /// <param name="unitSize">Bytes of its type.</param>
    /// <param name="isPacked">Whether it may cross a unit.</param>
    /// <param name="isNamed">Whether it has a name: others do not align the struct.</param>
    public int TakeBits(int width, int unitSize, bool isPacked, bool isNamed)
    {
        var unit = unitSize * 8;
        var bit = IsUnion ? 0 : _nextBit;
        if (width == 0 || (!isPacked && bit / unit != (bit + width - 1) / unit))
            bit = RoundUp(bit, unit);
        IsExplicit = true;
        if (isNamed)
            Raise(isPacked ? 1 : unitSize, unitSize);
        _nextBit = bit + width;
        End = Math.Max(End, (_nextBit + 7) / 8);
        return bit;
    }

    /// <summary>Raises the alignment of the whole.</summary>
    public void Raise(int align, int naturalAlign = 1)
    {
        Align = Math.Max(Align, align);
        NaturalAlign = Math.Max(NaturalAlign, naturalAlign);
    }

    /// <summary>Adds a flexible array. Of those with one type of element, the last is known, or the last that is counted.</summary>
    public void Add(FlexibleShape flexible)
    {
        var same = _flexible.FindIndex(f => f.CSharpElement == flexible.CSharpElement);
        if (same >= 0 && _flexible[same].Count is not null && flexible.Count is null)
            return;
        if (same >= 0)
            _flexible.RemoveAt(same);
        _flexible.Add(flexible);
    }

    public static int RoundUp(int value, int align) => (value + align - 1) / align * align;
}
