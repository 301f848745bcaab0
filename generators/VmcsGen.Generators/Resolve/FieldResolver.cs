using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Abi;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.Specs;
using VmcsGen.Generators.Units;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Resolve;

/// <summary>Resolves VMCS fields.</summary>
internal sealed class FieldResolver(Resolver resolver)
{
    private static readonly string[] RawTypes =
    [
        .. CSharpInteger.All.Where(static integer => !integer.IsSigned && integer.Bits > 8).Select(static integer => integer.Name),
    ];

    private readonly Dictionary<SpecItem, VmcsField> _fields = new(ReferenceComparer<SpecItem>.Instance);

    private SymbolTable Symbols => resolver.Symbols;

    public void Declare()
    {
        foreach (var (scope, item) in resolver.Items<VmcsFieldItem>())
            DeclareField(scope, item);
    }

    private void DeclareField(FileScope scope, VmcsFieldItem item)
    {
        var encoding = new VmcsEncoding(item.Encoding.Value);
        var at = item.Encoding.At;
        if (ReservedNames.FieldMembers.Contains(item.Name.Value))
            scope.FailTaken(item, item.Name.At, item.Name.Value, "a member of Vmcs, VmcsField or the class with the file's fields");
        else if (resolver.IsOwn && resolver.Members.Contains("Vmcs", item.Name.Value) && Symbols.Find<FieldSymbol>(item.Name.Value) is null)
            scope.FailTaken(item, item.Name.At, item.Name.Value, $"Vmcs.{item.Name.Value}, which would be called in its place");
        else if (encoding.HasReservedBits)
            scope.Fail(
                item,
                DiagnosticIds.InvalidEncoding,
                at,
                $"0x{encoding.Value:X}",
                "it has bits set that are reserved: only bits 11:0, 13 and 14 may be used"
            );
        else if (encoding.IsHighAccess)
            scope.Fail(
                item,
                DiagnosticIds.InvalidEncoding,
                at,
                $"0x{encoding.Value:X}",
                $"bit 0 selects the high half of a 64-bit field: state the field as 0x{encoding.Value & ~1UL:X}, its high half is derived"
            );
        else if (Symbols.FindEncoding(encoding.Value) is { } other)
            scope.Fail(item, DiagnosticIds.DuplicateEncoding, at, $"0x{encoding.Value:X}", item.Name.Value, other.Describe());
        else if (FieldType(scope, item, encoding) is { } type)
            resolver.Declare(scope, item, new FieldSymbol(item.Name.Value, encoding.Value, type));
    }

    private string? FieldType(FileScope scope, VmcsFieldItem item, VmcsEncoding encoding)
    {
        if (item.Type is not { } type || type.Value == encoding.CSharpType)
            return encoding.CSharpType;
        if (Symbols.Find<ValueTypeSymbol>(type.Value) is { } symbol)
        {
            if (symbol.Bits == encoding.Size)
                return resolver.CanShow(scope, item, type, symbol) ? type.Value : null;
            scope.Fail(
                item,
                DiagnosticIds.WidthContradictsType,
                type.At,
                item.Name.Value,
                $"0x{encoding.Value:X4}",
                encoding.DescribeWidth(),
                type.Value,
                symbol.Bits,
                encoding.CSharpType
            );
        }
        else if (RawTypes.Contains(type.Value))
        {
            scope.Fail(
                item,
                DiagnosticIds.WidthContradictsType,
                type.At,
                item.Name.Value,
                $"0x{encoding.Value:X4}",
                encoding.DescribeWidth(),
                type.Value,
                CSharpInteger.Find(type.Value)!.Bits,
                encoding.CSharpType
            );
        }
        else
        {
            scope.FailUnknown(item, "type", type, RawTypes.Concat(Symbols.ValueTypeNames));
        }
        return null;
    }

    public void Check()
    {
        foreach (var (scope, item) in resolver.Items<VmcsFieldItem>())
            _fields.Add(item, Field(scope, item));
    }

    public void Emit()
    {
        var all = new List<VmcsField>();
        foreach (var (scope, items) in resolver.ByFile<VmcsFieldItem>())
        {
            var fields = items.Select(item => _fields[item]).ToEquatable();
            all.AddRange(fields);
            if (resolver.IsOwn)
            {
                var className = resolver.Names.ClassName(scope, "VmcsFields", fields.Select(static f => f.Name));
                scope.Units.Add(new FieldExtensionUnit(resolver.Names.Target(scope, className), className, fields));
            }
            else
            {
                scope.Units.Add(new FieldPropertiesUnit(resolver.Names.PartTarget(scope, $"Vmcs.{scope.File.Stem}"), fields));
            }
        }
        if (!resolver.IsOwn && all.Count > 0)
            resolver.AddShared(
                new FieldTableUnit(
                    resolver.Names.SharedTarget(SpecKind.VmcsFields, "VmcsField"),
                    all.OrderBy(static f => f.Encoding).ToEquatable()
                )
            );
    }

    private VmcsField Field(FileScope scope, VmcsFieldItem item)
    {
        var controls = item
            .ExistsWhen.Select(control => ControlBits.Find(resolver, scope, item, control))
            .OfType<ControlBit>()
            .Distinct()
            .ToEquatable();
        var check = item.Check is { } demand ? Check(scope, item, demand, controls) : null;
        var type = Symbols.Find<FieldSymbol>(item.Name.Value)!.Type;
        var symbol = Symbols.Find<ValueTypeSymbol>(type);
        var form = symbol switch
        {
            null => FieldForm.Integer,
            EnumSymbol => FieldForm.Enum,
            _ => FieldForm.BitField,
        };
        return new(item.Name.Value, scope.Doc(item), item.Encoding.Value, Symbols.TypeReference(type), form, controls, check);
    }

    // Without a 'when' of its own, a check applies under the one control that makes the field exist.
    private FieldCheck? Check(FileScope scope, VmcsFieldItem item, FieldCheckItem check, EquatableArray<ControlBit> existsWhen)
    {
        var size = new VmcsEncoding(item.Encoding.Value).Size;
        if (size < 64 && check.ZeroBits.Value >> size != 0)
            scope.Fail(
                item,
                DiagnosticIds.UnfittingSpec,
                check.ZeroBits.At,
                $"The field {item.Name.Value} has {size} bits by its encoding, fewer than 'zero-bits' names"
            );
        if (size < 64 && check.Form is not (ValueForm.Any or ValueForm.Nonzero))
            scope.Fail(
                item,
                DiagnosticIds.UnfittingSpec,
                check.At,
                $"The field {item.Name.Value} has {size} bits by its encoding, and only one of 64 bits can be an address or hold 8 memory types"
            );
        var control =
            check.When is { } when ? ControlBits.Find(resolver, scope, item, when)
            : existsWhen.Count == 1 ? existsWhen[0]
            : null;
        if (control is { Field: null })
            scope.Fail(
                item,
                DiagnosticIds.UnfittingSpec,
                check.When?.At ?? check.At,
                $"The check applies under {control.FullName}, but no VMCS field has the type {control.Word}: add that field or name another control"
            );
        return new(check.Form, check.ZeroBits.Value, control, check.See);
    }
}
