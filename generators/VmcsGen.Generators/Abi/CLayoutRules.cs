using System.Collections.Generic;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Specs;

namespace VmcsGen.Generators.Abi;

/// <summary>What C forbids, and what keys of a member contradict each other.</summary>
internal sealed class CLayoutRules(ErrorList errors)
{
    public bool Failed { get; set; }

    public void Fail(string id, int at, params object[] arguments)
    {
        Failed = true;
        errors.Add(SpecError.Of(id, at, arguments));
    }

    /// <summary>Nothing follows a flexible array, at whatever depth it stands.</summary>
    public void CheckEnd(IReadOnlyList<MemberItem> items, bool isUnion)
    {
        for (var i = 0; !isUnion && i < items.Count - 1; i++)
        {
            if (FlexibleIn(items[i]) is { } flexible)
                Fail(
                    DiagnosticIds.ForbiddenInC,
                    flexible.Name.At,
                    $"'{flexible.Name.Value}' is an array without a length, and such an array is the last member of a struct"
                );
        }
    }

    /// <summary>What the keys of a member say together.</summary>
    public void Check(MemberItem item)
    {
        var name = item.Name.Value;
        var type = item.Type is { } text ? CType.Parse(text.Value) : null;
        if (item.Form == MemberForm.Field && type is null)
            return;
        var isFlexible = type is not null && (type.IsFlexible || (type.Bounds.Count > 0 && type.Bounds[0].Text == "0"));
        if (item.Count is { } count && !isFlexible)
            Contradicts(count.At, $"'{name}' has 'count' and is not an array without a length: leave it out");
        if (item.Counts != CountUnit.Elements && item.Count is null)
            Contradicts(item.Name.At, $"'{name}' says with 'counts' what 'count' counts, but has no 'count'");
        if (item.Length is { } length && item.Form == MemberForm.Field)
            Contradicts(
                length.At,
                $"'length' belongs to a struct or union with members of its own: write the length of '{name}' into its type"
            );
        if (item.Length is { } array && name.Length == 0)
            Contradicts(array.At, "An array has a name: state 'name', or leave 'length' out");
        if (item.Length is { Value: 0 } none)
            Fail(DiagnosticIds.WrongValue, none.At, "'0'", "length", "a number from 1", "");
        if (item.Length is { Value: > 0 } many && FlexibleIn(item) is not null)
            Fail(
                DiagnosticIds.ForbiddenInC,
                many.At,
                $"The elements of '{name}' end in an array without a length, so they cannot follow each other"
            );
        if (item.CSharpType is not null && item.Form == MemberForm.Field)
            Contradicts(item.Name.At, $"'csharp-type' belongs to a struct or union with members of its own, which '{name}' is not");
        if (item.Enum is { } shown && (item.Form != MemberForm.Field || (type is not null && !CanBeEnum(type))))
            Contradicts(shown.At, $"'{name}' is not an integer in this machine's order of bytes, so it cannot be shown as an enum");
        if (item.IsFlag && item.Bits is not { Value: 1 })
            Contradicts(item.Name.At, $"'flag' shows a bit-field of one bit as true or false, and '{name}' is none");
    }

    /// <summary>Whether a bit-field can be as it is stated.</summary>
    public bool CheckBits(MemberItem item, CType type, CScalar? scalar, Spot<int> width)
    {
        var name = item.Name.Value;
        if (type.IsArray || scalar is not { Sort: CScalarSort.Integer or CScalarSort.Bool, KeepsAlignment: false, Size: <= 8 })
            Fail(
                DiagnosticIds.ForbiddenInC,
                item.Type!.Value.At,
                $"'{item.Type.Value.Value}' cannot be the type of a bit-field: it is an integer of at most 64 bits in this machine's order of bytes"
            );
        else if (width.Value > BitsOf(scalar) || (width.Value == 0 && name.Length > 0))
            Fail(DiagnosticIds.BitsOutOfRange, width.At, name, BitsOf(scalar));
        else if (item.Align is { } align)
            Fail(
                DiagnosticIds.ForbiddenInC,
                align.At,
                $"'{name}' is a bit-field, and these cannot be aligned: put one of no bits in front of it"
            );
        else
            return true;
        return false;
    }

    private static int BitsOf(CScalar scalar) => scalar.Sort == CScalarSort.Bool ? 1 : scalar.Size * 8;

    // Of an unknown type nothing more is said.
    public static bool CanBeEnum(CType type) => !type.IsStruct && CScalar.Find(type) is null or { Sort: CScalarSort.Integer };

    private void Contradicts(int at, string text) => Fail(DiagnosticIds.UnfittingSpec, at, text);

    // The flexible array that a member is or ends with. A named struct's own may lie anywhere, as gcc has it.
    private static MemberItem? FlexibleIn(MemberItem item)
    {
        if (item.Form == MemberForm.Field)
            return item.Type is { } text && CType.Parse(text.Value) is { IsFlexible: true } ? item : null;
        for (var i = item.Members.Count - 1; i >= 0; i--)
        {
            if (FlexibleIn(item.Members[i]) is { } found)
                return found;
            if (item.Form == MemberForm.Struct)
                break;
        }
        return null;
    }
}
