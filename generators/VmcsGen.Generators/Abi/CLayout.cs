using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.Specs;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Abi;

/// <summary>What is known about a struct that another one holds.</summary>
internal readonly record struct CStructInfo(string CSharpName, int Size, int Align);

/// <summary>
/// Lays C structs out by the System V x86-64 ABI: every member at the next multiple of its alignment, a struct's
/// alignment that of its strictest member, its size a multiple of it; a bit-field never crosses a unit of its type.
/// </summary>
internal sealed class CLayout(
    Func<Spot<string>, CStructInfo?> findStruct,
    Func<Spot<string>, (string CSharp, int Size)?> findEnum,
    Func<string, bool> isStruct,
    ErrorList errors
)
{
    // The runtime loads no larger struct.
    private const int MaximumSize = 1 << 20;

    // C# types of members, and types that are nested for members: one of these must not hide one of those.
    private readonly HashSet<string> _used = [];
    private readonly List<(string Type, MemberItem Item)> _nested = [];
    private bool _failed;

    /// <summary>The struct's shape, or null when a member could not be laid out (the reason is among the errors).</summary>
    public StructShape? Compute(StructItem item)
    {
        _failed = false;
        _used.Clear();
        _nested.Clear();
        var name = item.CSharpName ?? CSharpNames.Pascal(item.Name.Value);
        var shape = Shape(name, item.Name.Value, item.Doc, isUnion: false, item.Members);
        foreach (var (type, member) in _nested)
        {
            if (!CSharpNames.IsTypeName(type))
                Fail(DiagnosticIds.InvalidName, member.Name.At, type, CSharpNames.TypeNameRule);
            else if (_used.Contains(type) || ReservedNames.IsType(type))
                Taken(member, type, "a type that this struct uses", " with 'csharp-type'");
        }
        return _failed ? null : shape;
    }

    private StructShape Shape(string csharpName, string native, ItemDoc doc, bool isUnion, EquatableArray<MemberItem> items)
    {
        var members = new List<MemberShape>();
        var cursor = new Cursor { IsUnion = isUnion, IsExplicit = isUnion };
        // In C#, no member has the name of its type.
        var names = new HashSet<string> { csharpName };
        Place(items, cursor, names, members);
        var size = RoundUp(cursor.End, cursor.Align);
        return new(csharpName, native, doc, size, cursor.Align, cursor.IsExplicit, members.ToEquatable(), cursor.Flexible);
    }

    private void Place(EquatableArray<MemberItem> items, Cursor cursor, HashSet<string> names, List<MemberShape> members)
    {
        foreach (var item in items)
        {
            if (item.Form != MemberForm.Field && item.Name.Value.Length == 0)
            {
                PlaceAnonymous(item, cursor, names, members);
                continue;
            }
            foreach (var name in Names(item))
            {
                if (!names.Add(name))
                    Taken(item, name, "the struct or another member of it");
                else if (ReservedNames.IsStructMember(name))
                    Taken(item, name, "a member that every struct has");
            }
            _nested.AddRange(Names(item).Skip(1).Select(type => (type, item)));
            if (item.Form == MemberForm.Field)
                PlaceField(item, items, cursor, members);
            else
                PlaceNested(item, cursor, members);
        }
    }

    private void PlaceAnonymous(MemberItem item, Cursor cursor, HashSet<string> names, List<MemberShape> members)
    {
        // Laid out from zero and then moved: the alignment must be known before the offset.
        var inner = new Cursor { IsUnion = item.Form == MemberForm.Union };
        var placed = new List<MemberShape>();
        Place(item.Members, inner, names, placed);
        if (!Fits(item, inner.End, cursor))
            return;
        var offset = cursor.Take(RoundUp(inner.End, inner.Align), inner.Align);
        members.AddRange(placed.Select(m => m with { Offset = m.Offset + offset }));
        cursor.IsExplicit = true;
        cursor.Flexible ??= inner.Flexible is { } flexible ? flexible with { Offset = flexible.Offset + offset } : null;
    }

    private void PlaceNested(MemberItem item, Cursor cursor, List<MemberShape> members)
    {
        if (item.Length == 0)
            Fail(DiagnosticIds.WrongValue, item.Name.At, "0", "length", "a number from 1", "");
        var name = CSharpName(item);
        var type = NestedType(item);
        var nested = Shape(type, item.Name.Value, item.Doc, item.Form == MemberForm.Union, item.Members);
        var length = item.Length ?? 1;
        if (!Fits(item, (long)nested.Size * length, cursor))
            return;
        var offset = cursor.Take(nested.Size * length, nested.Align);
        if (nested.Size == 0)
        {
            // Nothing but flexible arrays: C# has no empty struct, and they belong to the whole.
            cursor.Flexible ??= nested.Flexible is { } flexible ? flexible with { Offset = offset + flexible.Offset } : null;
            return;
        }
        var bounds = item.Length is { } bound ? new EquatableArray<int>([bound]) : default;
        members.Add(new(name, item.Name.Value, item.Doc, type, offset, nested.Size * length, bounds, nested, null, item.IsPadding));
    }

    private void PlaceField(MemberItem item, EquatableArray<MemberItem> siblings, Cursor cursor, List<MemberShape> members)
    {
        if (item.Type is not { } spot || ParseType(spot) is not { } type || Resolve(type, spot) is not { } element)
        {
            _failed = true;
            return;
        }
        var csharpType = element.CSharpName;
        if (item.Enum is { } enumName)
        {
            if (findEnum(enumName) is not { } found)
                _failed = true;
            else if (found.Size != element.Size * 8)
                Fail(DiagnosticIds.EnumSizeMismatch, enumName.At, enumName.Value, found.Size, item.Name.Value, element.Size * 8);
            else
                csharpType = found.CSharp;
        }
        var name = CSharpName(item);
        _used.Add(csharpType);
        if (type.IsFlexible)
        {
            var at = cursor.Take(0, element.Align);
            if (cursor.Flexible is not null)
                return;
            var counter = item.Count is { } count ? Find(siblings, count) : null;
            cursor.Flexible = new(
                name,
                item.Name.Value,
                csharpType,
                element.Size,
                at,
                counter is null ? null : CSharpName(counter),
                Scalar(counter)
            );
            return;
        }
        if (item.Bits is { } width)
        {
            if (width == 0 || width > element.Size * 8)
                Fail(DiagnosticIds.BitsOutOfRange, item.Name.At, item.Name.Value, element.Size * 8);
            if (CSharpInteger.Find(csharpType) is { IsSigned: true })
                Fail(
                    DiagnosticIds.UnfittingSpec,
                    spot.At,
                    $"'{item.Name.Value}' is a bit-field of a signed type, which specs cannot describe: state the unsigned type of that size"
                );
            var bit = cursor.TakeBits(width, element.Size);
            var unit = element.Size * 8;
            cursor.IsExplicit = true;
            members.Add(
                new(
                    name,
                    item.Name.Value,
                    item.Doc,
                    csharpType,
                    bit / unit * element.Size,
                    element.Size,
                    default,
                    null,
                    new(bit % unit, width),
                    item.IsPadding
                )
            );
            return;
        }
        if (!Fits(item, (long)element.Size * type.Count, cursor))
            return;
        var size = element.Size * type.Count;
        var offset = cursor.Take(size, element.Align);
        members.Add(new(name, item.Name.Value, item.Doc, csharpType, offset, size, type.Bounds, null, null, item.IsPadding));
    }

    private CType? ParseType(Spot<string> spot)
    {
        var type = CType.Parse(spot.Value);
        if (type is null)
            Fail(DiagnosticIds.UnknownCType, spot.At, spot.Value, "");
        return type;
    }

    private CStructInfo? Resolve(CType type, Spot<string> spot)
    {
        if (type.IsStruct)
            return findStruct(new(type.Element, spot.At));
        if (CScalar.TryGet(type.Element, out var csharp, out var size))
            return new(csharp, size, size);
        Fail(DiagnosticIds.UnknownCType, spot.At, type.Element, CScalar.Suggest(type.Element, isStruct, errors));
        return null;
    }

    private MemberItem? Find(EquatableArray<MemberItem> siblings, Spot<string> name)
    {
        foreach (var sibling in siblings)
        {
            if (sibling.Name.Value == name.Value)
                return sibling;
        }
        Fail(
            DiagnosticIds.UnknownReference,
            name.At,
            "member beside it called",
            name.Value,
            errors.Suggest(name.Value, siblings.Select(static s => s.Name.Value))
        );
        return null;
    }

    // The type of a member that counts: an integer, and nothing else.
    private string? Scalar(MemberItem? counter)
    {
        if (counter is null)
            return null;
        if (counter is { Type: { } type, Enum: null } && CScalar.TryGet(type.Value, out var csharp, out _))
            return csharp;
        Fail(
            DiagnosticIds.UnfittingSpec,
            counter.Name.At,
            $"'{counter.Name.Value}' counts the entries of an array, so it must be an integer"
        );
        return null;
    }

    private void Fail(string id, int at, params object[] arguments)
    {
        _failed = true;
        errors.Add(SpecError.Of(id, at, arguments));
    }

    private void Taken(MemberItem item, string name, string by, string remedy = " with 'csharp'") =>
        Fail(DiagnosticIds.DuplicateName, item.Name.At, name, by, remedy);

    private bool Fits(MemberItem item, long size, Cursor cursor)
    {
        if (size + cursor.End <= MaximumSize)
            return true;
        Fail(
            DiagnosticIds.UnfittingSpec,
            item.Name.At,
            $"With '{item.Name.Value}', the struct has more than {MaximumSize} bytes, which the runtime cannot load"
        );
        return false;
    }

    private static string CSharpName(MemberItem item) => item.CSharpName ?? CSharpNames.Pascal(item.Name.Value);

    private static string NestedType(MemberItem item) =>
        item.CSharpType ?? CSharpName(item) + (item.Form == MemberForm.Union ? "Union" : "Struct");

    // What a member adds to the type that has it: itself and the type made for it.
    private static IEnumerable<string> Names(MemberItem item)
    {
        yield return CSharpName(item);
        if (item.Form != MemberForm.Field)
            yield return NestedType(item);
        var dimensions =
            item.Length is not null ? 1
            : item.Type is { } type && CType.Parse(type.Value) is { } array ? array.Bounds.Count
            : 0;
        for (var dimension = 0; dimension < dimensions; dimension++)
            yield return ArrayName(CSharpName(item), dimension);
    }

    /// <summary>The type of an array member, by its dimension: outermost first.</summary>
    public static string ArrayName(string member, int dimension) =>
        member
        + dimension switch
        {
            0 => "Array",
            1 => "Row",
            _ => $"Row{dimension}",
        };

    public static int RoundUp(int value, int align) => (value + align - 1) / align * align;

    /// <summary>Where the next member goes.</summary>
    private sealed class Cursor
    {
        private int _next;
        private int _nextBit;

        public bool IsUnion { get; set; }

        public bool IsExplicit { get; set; }

        public int End { get; private set; }

        public int Align { get; private set; } = 1;

        public FlexibleShape? Flexible { get; set; }

        public int Take(int size, int align)
        {
            var offset = IsUnion ? 0 : RoundUp(_next, align);
            Advance(offset + size, align);
            _nextBit = _next * 8;
            return offset;
        }

        public int TakeBits(int width, int unitSize)
        {
            var unit = unitSize * 8;
            var bit = IsUnion ? 0 : _nextBit;
            if (bit / unit != (bit + width - 1) / unit)
                bit = RoundUp(bit, unit);
            Advance((bit + width + 7) / 8, unitSize);
            _nextBit = bit + width;
            return bit;
        }

        private void Advance(int end, int align)
        {
            _next = end;
            End = Math.Max(End, end);
            Align = Math.Max(Align, align);
        }
    }
}
