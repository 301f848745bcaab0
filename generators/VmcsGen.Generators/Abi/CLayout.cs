using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.Specs;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Abi;

/// <summary>Lays out C structs and unions: from the members as a spec states them to offsets and C# types.</summary>
internal sealed class CLayout(ICTypeNames names, ErrorList errors, Architecture architecture)
{
    // The runtime loads no larger struct.
    private const int MaximumSize = 1 << 20;

    private readonly CLayoutRules _rules = new(errors);

    // C# types of members, and types that are nested for members: one of these must not hide one of those.
    private readonly HashSet<string> _used = [];
    private readonly List<(string Type, MemberItem Item)> _nested = [];

    // The members among which one may count a flexible array: those of the C# type and of the anonymous parts around it.
    private Dictionary<string, Stack<MemberItem>> _siblings = [];
    private string _path = "";

    /// <summary>The struct's shape, or null when a member could not be laid out (the reason is among the errors).</summary>
    public StructShape? Compute(StructItem item)
    {
        _rules.Failed = false;
        _used.Clear();
        _nested.Clear();
        _path = "";
        var name = item.CSharpName ?? CSharpNames.Pascal(item.Name.Value);
        var cursor = new CCursor(item.IsUnion);
        var shape = Shape(name, item.Name.Value, item.Doc, cursor, item.Members, item.IsPacked, item.Align ?? 1);
        foreach (var (type, member) in _nested)
        {
            if (!CSharpNames.IsTypeName(type))
                Fail(DiagnosticIds.InvalidName, member.Name.At, type, CSharpNames.TypeNameRule);
            else if (_used.Contains(type) || ReservedNames.IsType(type))
                Taken(member, type, "a type that this struct uses", " with 'csharp-type'");
        }
        return _rules.Failed ? null : shape;
    }

    private StructShape Shape(
        string csharpName,
        string native,
        ItemDoc doc,
        CCursor cursor,
        EquatableArray<MemberItem> items,
        bool isPacked,
        int align
    )
    {
        var (siblings, path) = (_siblings, _path);
        _siblings = [];
        _path = path.Length == 0 ? csharpName : $"{path}.{csharpName}";
        var members = new List<MemberShape>();
        // In C#, no member has the name of its type.
        Place(items, cursor, [csharpName], members, isPacked);
        cursor.Raise(align);
        (_siblings, _path) = (siblings, path);
        return new(
            csharpName,
            native,
            doc,
            cursor.Size,
            cursor.Align,
            cursor.NaturalAlign,
            cursor.IsUnion,
            cursor.IsExplicit,
            members.ToEquatable(),
            cursor.Flexible.ToEquatable()
        );
    }

    private void Place(EquatableArray<MemberItem> items, CCursor cursor, HashSet<string> taken, List<MemberShape> members, bool isPacked)
    {
        foreach (var item in items)
        {
            if (!_siblings.TryGetValue(item.Name.Value, out var same))
                _siblings.Add(item.Name.Value, same = []);
            same.Push(item);
        }
        _rules.CheckEnd(items, cursor.IsUnion);
        foreach (var item in items)
        {
            _rules.Check(item);
            if (item.Form != MemberForm.Field && item.Name.Value.Length == 0)
            {
                PlaceAnonymous(item, cursor, taken, members, isPacked);
                continue;
            }
            foreach (var name in item.Name.Value.Length == 0 ? [] : Names(item))
            {
                if (!taken.Add(name))
                    Taken(item, name, "the struct or another member of it");
                else if (ReservedNames.IsStructMember(name))
                    Taken(item, name, "a member that every struct has");
            }
            _nested.AddRange(Names(item).Skip(1).Select(type => (type, item)));
            if (item.Form == MemberForm.Field)
                PlaceField(item, cursor, members, isPacked);
            else
                PlaceNested(item, cursor, members, isPacked);
        }
        foreach (var item in items)
            _siblings[item.Name.Value].Pop();
    }

    private void PlaceAnonymous(MemberItem item, CCursor cursor, HashSet<string> taken, List<MemberShape> members, bool isPacked)
    {
        // Laid out from zero and then moved: the alignment must be known before the offset.
        var inner = new CCursor(item.Form == MemberForm.Union);
        var placed = new List<MemberShape>();
        Place(item.Members, inner, taken, placed, item.IsPacked);
        inner.Raise(item.Align?.Value ?? 1);
        if (!Fits(item, inner.End, cursor))
            return;
        var offset = cursor.Take(inner.Size, AlignOf(item, inner.Align, isPacked), inner.NaturalAlign);
        members.AddRange(placed.Select(m => m with { Offset = m.Offset + offset }));
        cursor.IsExplicit = true;
        foreach (var flexible in inner.Flexible)
            cursor.Add(flexible with { Offset = flexible.Offset + offset });
    }

    private void PlaceNested(MemberItem item, CCursor cursor, List<MemberShape> members, bool isPacked)
    {
        var name = CSharpName(item);
        var type = NestedType(item);
        var nested = Shape(
            type,
            item.Name.Value,
            item.Doc,
            new CCursor(item.Form == MemberForm.Union),
            item.Members,
            item.IsPacked,
            item.Align?.Value ?? 1
        );
        var length = item.Length?.Value ?? 1;
        if (!Fits(item, (long)nested.Size * length, cursor))
            return;
        var offset = cursor.Take(nested.Size * length, AlignOf(item, nested.Align, isPacked), Math.Min(nested.Align, nested.NaturalAlign));
        if (item.Length is null)
        {
            foreach (var flexible in nested.Flexible)
                cursor.Add(Outside(flexible, name, offset, nested.Size > 0));
        }
        // Nothing but flexible arrays: C# has no empty struct, and they belong to the whole.
        if (nested.Size == 0)
            return;
        cursor.IsExplicit |= nested.Align > nested.NaturalAlign;
        var bounds = item.Length is { } bound ? new EquatableArray<int>([bound.Value]) : default;
        members.Add(new(name, item.Name.Value, item.Doc, type, offset, nested.Size * length, bounds, nested, null, item.IsPadding));
    }

    // A flexible array of a member, as the struct has it that ends with the member.
    private static FlexibleShape Outside(FlexibleShape flexible, string member, int offset, bool isDeclared) =>
        flexible with
        {
            Offset = offset + flexible.Offset,
            Rows = isDeclared ? default : flexible.Rows,
            Count = flexible.Count is { } count && isDeclared ? count with { Member = $"{member}.{count.Member}" } : null,
        };

    private void PlaceField(MemberItem item, CCursor cursor, List<MemberShape> members, bool isPacked)
    {
        if (item.Type is not { } spot || ParseType(spot) is not { } type || Resolve(type, spot) is not { } element)
        {
            _rules.Failed = true;
            return;
        }
        if (item.Bits is { } width)
        {
            // In properties, numbers are in this machine's order.
            var scalar = CScalar.Find(type)?.WithFixedWidth(architecture);
            var shown = EnumOf(item, type, element) ?? scalar?.CSharp ?? element.CSharpName;
            _used.Add(shown);
            PlaceBits(item, scalar, type, shown, width, cursor, members, isPacked);
            return;
        }
        var csharpType = (IsSwapped(element) ? null : EnumOf(item, type, element)) ?? element.CSharpName;
        _used.Add(csharpType);
        if (!TryBounds(type, spot, out var bounds, out var count))
            return;
        if (type.IsFlexible || bounds.Contains(0))
        {
            var rows = type.IsFlexible ? bounds : bounds.Skip(1).ToArray();
            var at = cursor.Take(0, AlignOf(item, element.Align, isPacked, element.KeepsAlignment), element.Align);
            if (!rows.Contains(0))
                cursor.Add(Flexible(item, csharpType, element.Size, rows, at));
            return;
        }
        if (!Fits(item, element.Size * count, cursor))
            return;
        var size = (int)(element.Size * count);
        // C# has no empty struct.
        if (size == 0)
        {
            cursor.Take(0, AlignOf(item, element.Align, isPacked), element.Align);
            return;
        }
        var end = cursor.End;
        var offset = cursor.Take(size, AlignOf(item, element.Align, isPacked, element.KeepsAlignment), element.Align);
        // .NET knows no alignment that is larger than that of the members: it would leave no space in front of such a struct.
        cursor.IsExplicit |= type.IsStruct && offset != end;
        members.Add(
            new(CSharpName(item), item.Name.Value, item.Doc, csharpType, offset, size, bounds.ToEquatable(), null, null, item.IsPadding)
        );
    }

    private FlexibleShape Flexible(MemberItem item, string csharpType, int size, int[] rows, int offset)
    {
        var name = CSharpName(item);
        return new(
            name,
            item.Name.Value,
            rows.Length == 0 ? csharpType : $"{_path}.{ArrayName(name, 1)}",
            csharpType,
            rows.ToEquatable(),
            rows.Aggregate(size, static (product, row) => product * row),
            offset,
            item.Count is { } count ? Counter(item, count) : null
        );
    }

    private FlexibleCount? Counter(MemberItem item, Spot<string> name)
    {
        if (!_siblings.TryGetValue(name.Value, out var same) || same.Count == 0)
        {
            Fail(
                DiagnosticIds.UnknownReference,
                name.At,
                "member beside it called",
                name.Value,
                errors.Suggest(name.Value, _siblings.Where(static s => s.Key.Length > 0 && s.Value.Count > 0).Select(static s => s.Key))
            );
            return null;
        }
        var counter = same.Peek();
        var type = counter.Type is { } text ? CType.Parse(text.Value) : null;
        if (
            type is null
            || type.IsArray
            || counter.IsFlag
            || CScalar.Find(type, architecture) is not { Sort: CScalarSort.Integer or CScalarSort.BigEndian, Size: <= 8 } scalar
        )
        {
            Fail(
                DiagnosticIds.UnfittingSpec,
                name.At,
                $"'{name.Value}' cannot count '{item.Name.Value}', because it is not an integer: name the member that does"
            );
            return null;
        }
        var csharp =
            counter.Enum is { } shown && scalar.Sort != CScalarSort.BigEndian && !names.IsOfOtherMachine(shown.Value)
                ? names.FindEnum(shown)?.CSharp
                : CSharpOf(counter, scalar, counter.Bits is null ? scalar.CSharp : scalar.Number);
        return new(CSharpName(counter), csharp ?? scalar.CSharp, scalar.Number, item.Counts);
    }

    private void PlaceBits(
        MemberItem item,
        CScalar? scalar,
        CType type,
        string csharpType,
        Spot<int> width,
        CCursor cursor,
        List<MemberShape> members,
        bool isPacked
    )
    {
        if (!_rules.CheckBits(item, type, scalar, width) || scalar is null)
            return;
        var isNamed = item.Name.Value.Length > 0;
        isPacked |= item.IsPacked;
        var bit = cursor.TakeBits(width.Value, scalar.Size, isPacked, isNamed);
        if (!isNamed)
            return;
        // An unpacked one lies in a unit of its type; a packed one in as many bytes as it touches.
        var unit = scalar.Size * 8;
        var (offset, size) =
            isPacked || architecture.IsBigEndian ? (bit / 8, ((bit % 8) + width.Value + 7) / 8) : (bit / unit * scalar.Size, scalar.Size);
        var shown = CSharpOf(item, scalar, csharpType);
        var low = bit - (offset * 8);
        if (architecture.IsBigEndian)
        {
            if (size > 1)
            {
                Fail(
                    DiagnosticIds.UnfittingSpec,
                    width.At,
                    $"'{item.Name.Value}' lies in {size} bytes, and of bit-fields on {architecture.Name} only those in one byte have a form in C#: "
                        + "declare the integer that it is a part of"
                );
                return;
            }
            low = 8 - low - width.Value;
        }
        var bits = new BitSlice(low, width.Value, scalar.IsSigned && shown != "bool");
        members.Add(new(CSharpName(item), item.Name.Value, item.Doc, shown, offset, size, default, null, bits, item.IsPadding));
    }

    // As what a member shows: a bit-field of the type char has a sign, though a char is a byte.
    private static string CSharpOf(MemberItem item, CScalar scalar, string csharpType) =>
        item.Bits is null ? csharpType
        : item.IsFlag ? "bool"
        : csharpType == "byte" && scalar.IsSigned ? "sbyte"
        : csharpType;

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
            return names.FindStruct(new(type.Element, spot.At), type.Tag == CTag.Union);
        if (CScalar.Find(type, architecture) is { } scalar)
            return new(scalar.CSharp, scalar.Size, scalar.Size) { KeepsAlignment = scalar.KeepsAlignment };
        Fail(DiagnosticIds.UnknownCType, spot.At, type.Element, CScalar.Suggest(type.Element, names.IsStruct, errors));
        return null;
    }

    // What lies in another order of bytes is a number.
    private bool IsSwapped(CStructInfo element) => architecture.IsBigEndian && element.Size > 1;

    private string? EnumOf(MemberItem item, CType type, CStructInfo element)
    {
        if (item.Enum is not { } name || !CLayoutRules.CanBeEnum(type) || names.IsOfOtherMachine(name.Value))
            return null;
        if (names.FindEnum(name) is not { } found)
            _rules.Failed = true;
        else if (found.Bits != element.Size * 8)
            Fail(DiagnosticIds.EnumSizeMismatch, name.At, name.Value, found.Bits, item.Name.Value, element.Size * 8);
        else
            return found.CSharp;
        return null;
    }

    private bool TryBounds(CType type, Spot<string> spot, out int[] bounds, out long count)
    {
        bounds = new int[type.Bounds.Count];
        count = 1;
        for (var i = 0; i < bounds.Length; i++)
        {
            if (names.Bound(spot, type.Bounds[i]) is not { } bound)
            {
                _rules.Failed = true;
                return false;
            }
            bounds[i] = bound;
            count *= bound;
            if (count <= MaximumSize)
                continue;
            Fail(
                DiagnosticIds.UnfittingSpec,
                spot.At,
                $"'{spot.Value}' has more than {MaximumSize} elements, which the runtime cannot load"
            );
            return false;
        }
        return true;
    }

    // What a struct or union of its own says of packing and alignment is about its type, and a packed parent ignores it.
    private static int AlignOf(MemberItem item, int natural, bool isPacked, bool keepsAlignment = false) =>
        item.Form == MemberForm.Field ? Math.Max((isPacked || item.IsPacked) && !keepsAlignment ? 1 : natural, item.Align?.Value ?? 1)
        : isPacked ? 1
        : natural;

    private void Fail(string id, int at, params object[] arguments) => _rules.Fail(id, at, arguments);

    private void Taken(MemberItem item, string name, string by, string remedy = " with 'csharp'") =>
        Fail(DiagnosticIds.DuplicateName, item.Name.At, name, by, remedy);

    private bool Fits(MemberItem item, long size, CCursor cursor)
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
        var type = item.Type is { } text ? CType.Parse(text.Value) : null;
        var first = type is { IsFlexible: true } ? 1 : 0;
        var dimensions = item.Length is not null ? 1 : type?.Bounds.Count ?? 0;
        for (var dimension = 0; dimension < dimensions; dimension++)
            yield return ArrayName(CSharpName(item), first + dimension);
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
}
