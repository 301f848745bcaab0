using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Abi;
using VmcsGen.Tool.Headers;

namespace VmcsGen.Tool.Btf;

/// <summary>
/// BTF says where members are, and a spec has the rules of C: this adds what makes the rules give these places. Attributes are guessed, as
/// BTF does not have them: a member that its type does not align gets <c>align</c>, or space in front; a struct whose members are not
/// aligned is <c>packed</c>.
/// </summary>
/// <param name="alignments">Alignments of structs that are described, by tag.</param>
internal sealed class LayoutFit(IReadOnlyDictionary<string, int> alignments)
{
    private const int LargestAlignment = 1 << 12;

    private readonly List<CMember> _members = [];
    private bool _isPacked;
    private int _next;
    private int _end;
    private int _align;
    private int _spaces;

    /// <summary>Does it.</summary>
    /// <param name="record">A struct as BTF has it.</param>
    public CRecord Fit(CRecord record)
    {
        var members = record
            .Members.Select(member => member.Nested is { } nested ? member with { Nested = Inner(nested) } : member)
            .ToArray();
        _members.Clear();
        (_next, _end, _align, _spaces) = (0, 0, 1, 0);
        var natural = members.Select(NaturalAlign).DefaultIfEmpty(1).Max();
        _isPacked =
            record.Size % natural != 0
            || members.Any(member => member.Bits is null ? member.Offset / 8 % NaturalAlign(member) != 0 : Crosses(member));
        foreach (var member in members)
            Place(member, record.IsUnion);
        var rounded = RoundUp(_end, _align);
        var stated = rounded == record.Size ? 0 : Alignment(_end, record.Size, _align);
        if (rounded != record.Size && stated == 0)
            AddSpace((record.Size - _end) * 8, _end * 8, record.IsUnion);
        return record with { Align = Math.Max(_align, stated), IsPacked = _isPacked, IsAligned = stated != 0, Members = [.. _members] };
    }

    private CRecord Inner(CRecord nested) => new LayoutFit(alignments).Fit(nested);

    private void Place(CMember member, bool isUnion)
    {
        if (member.Bits is { } bits)
        {
            PlaceBits(member, bits, isUnion);
            return;
        }
        var natural = _isPacked ? 1 : NaturalAlign(member);
        var offset = member.Offset / 8;
        var cursor = isUnion ? 0 : (_next + 7) / 8;
        if (RoundUp(cursor, natural) != offset && !isUnion)
        {
            if (Alignment(cursor, offset, natural) is var align and > 0)
            {
                member = member with { IsAligned = true };
                member.Align = natural = align;
            }
            else
                AddSpace((offset - cursor) * 8, cursor * 8, isUnion);
        }
        _align = Math.Max(_align, natural);
        _members.Add(member);
        _next = (offset + (member.Type.IsFlexible ? 0 : member.Size)) * 8;
        _end = Math.Max(_end, _next / 8);
    }

    private void PlaceBits(CMember member, int bits, bool isUnion)
    {
        var unit = Size(member) * 8;
        var cursor = isUnion ? 0 : _next;
        if (!_isPacked && cursor / unit != (cursor + bits - 1) / unit)
            cursor = RoundUp(cursor, unit);
        // What the rules do not explain was space between bit-fields.
        if (cursor != member.Offset && !isUnion)
        {
            var from = _next;
            if (member.Offset / 8 > (from + 7) / 8 && from % 8 != 0)
                from = AddBits(8 - (from % 8), from);
            if (member.Offset / 8 * 8 > from)
            {
                AddSpace((member.Offset / 8 * 8) - from, from, isUnion);
                from = member.Offset / 8 * 8;
            }
            if (member.Offset > from)
                AddBits(member.Offset - from, from);
        }
        if (!_isPacked)
            _align = Math.Max(_align, Size(member));
        _members.Add(member);
        _next = member.Offset + bits;
        _end = Math.Max(_end, (_next + 7) / 8);
    }

    private int AddBits(int bits, int from)
    {
        _members.Add(new("", from, 1, bits, new("__u8", [], false), null, false, false));
        return from + bits;
    }

    private void AddSpace(int bits, int from, bool isUnion)
    {
        var bytes = bits / 8;
        _members.Add(
            new(
                $"reserved{_spaces++}",
                isUnion ? 0 : from,
                bytes,
                null,
                new("__u8", [isUnion ? (from / 8) + bytes : bytes], false),
                null,
                false,
                false
            )
        );
        _next = from + bits;
        _end = Math.Max(_end, _next / 8);
    }

    private static bool Crosses(CMember member) =>
        member.Offset / (Size(member) * 8) != (member.Offset + member.Bits!.Value - 1) / (Size(member) * 8);

    private int NaturalAlign(CMember member)
    {
        if (member.Bits is not null)
            return Size(member);
        if (member.Nested is { } nested)
            return nested.Align;
        return CType.Parse(member.Type.Element) switch
        {
            { IsStruct: true } type => alignments.GetValueOrDefault(type.Element, 1),
            { } type => CScalar.Find(type)?.Size ?? 1,
            null => 1,
        };
    }

    private static int Size(CMember member) => CScalar.Find(CType.Parse(member.Type.Element)!)!.Size;

    // The least alignment above another by which the end of something is brought to a place; 0 for none.
    private static int Alignment(int from, int to, int above)
    {
        for (var align = above * 2; align <= LargestAlignment; align *= 2)
        {
            if (RoundUp(from, align) == to)
                return align;
        }
        return 0;
    }

    private static int RoundUp(int value, int align) => (value + align - 1) / align * align;
}
