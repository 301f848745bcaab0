using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Abi;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.Units;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Resolve;

/// <summary>Resolves layouts.</summary>
internal sealed class LayoutResolver(Resolver resolver)
{
    private const int MaximumRows = 16_384;

    private static readonly string[] RawTypes =
    [
        .. CSharpInteger.All.Where(static integer => !integer.IsSigned && !integer.IsNative).Select(static integer => integer.Name),
    ];

    private readonly Dictionary<SpecItem, EquatableArray<LayoutMember>> _members = new(ReferenceComparer<SpecItem>.Instance);
    private readonly HashSet<string> _builtInFields = new(BuiltInFields(resolver));

    private int _rows;

    private SymbolTable Symbols => resolver.Symbols;

    public void Declare()
    {
        foreach (var (scope, item) in resolver.Items<LayoutItem>())
        {
            if (ReservedNames.IsLayout(item.Name.Value))
                scope.FailTaken(item, item.Name.At, item.Name.Value, "a member that every layout has");
            else
                resolver.Declare(scope, item, new LayoutSymbol(item.Name.Value, item.Size.Value));
        }
    }

    public void Check()
    {
        foreach (var (scope, item) in resolver.Items<LayoutItem>())
            _members.Add(item, Members(scope, item));
    }

    public void Emit()
    {
        foreach (var (scope, item) in resolver.Items<LayoutItem>())
            scope.Units.Add(
                new LayoutUnit(
                    resolver.Names.Target(scope, item.Name.Value),
                    item.Name.Value,
                    scope.Doc(item),
                    item.Size.Value,
                    item.Revision,
                    item.CleanFields?.Value,
                    _members[item]
                )
            );
    }

    private EquatableArray<LayoutMember> Members(FileScope scope, LayoutItem item)
    {
        var members = new List<LayoutMember>();
        var names = new HashSet<string>();
        var groups = CleanGroups(scope, item);
        foreach (var field in item.Fields.OrderBy(static f => f.Offset.Value))
        {
            if (Member(scope, item, field) is not { } member)
                continue;
            var at = field.Offset.At;
            // They come in the order of their offsets and do not overlap: the last one ends last.
            var previous =
                members.Count > 0 && members[members.Count - 1] is var last && last.Offset + last.Size > member.Offset ? last : null;
            if (member.Offset + member.Size > item.Size.Value)
                scope.Fail(
                    item,
                    DiagnosticIds.LayoutFieldOutOfRange,
                    at,
                    member.Name,
                    member.Size,
                    member.Offset,
                    item.Name.Value,
                    item.Size.Value
                );
            else if (previous is not null)
                scope.Fail(
                    item,
                    DiagnosticIds.OverlappingLayoutFields,
                    at,
                    member.Name,
                    member.Offset,
                    member.Offset + member.Size,
                    previous.Name,
                    previous.Offset,
                    previous.Offset + previous.Size,
                    item.Name.Value
                );
            else if (member.Name == item.Name.Value || ReservedNames.LayoutMembers.Contains(member.Name))
                scope.FailTaken(
                    item,
                    field.Name.At,
                    member.Name,
                    member.Name == item.Name.Value ? "the layout" : "a member that every layout has"
                );
            else if (!names.Add(member.Name))
                scope.FailTaken(item, field.Name.At, member.Name, $"another member of {item.Name.Value}");
            else
                members.Add(member with { CleanMask = CleanMask(scope, item, field, groups) });
        }
        CheckTables(scope, item, members);
        return members.ToEquatable();
    }

    // A table has a row for each index below the highest: one field can make a long one.
    private void CheckTables(FileScope scope, LayoutItem item, List<LayoutMember> members)
    {
        var rows = members
            .Where(static m => m.Encoding is not null)
            .Select(static m => new VmcsEncoding(m.Encoding!.Value).Row + 2)
            .Append(0)
            .Max();
        _rows += item.CleanFields is null ? rows : 2 * rows;
        if (_rows > MaximumRows)
            scope.Fail(
                item,
                DiagnosticIds.UnfittingSpec,
                item.Name.At,
                $"With '{item.Name.Value}', the tables of the project's layouts have more than {MaximumRows} rows, one for each index of a VMCS field below the highest that a layout stores: leave layouts out, or divide the project"
            );
    }

    // The bit-field of the member that says which groups of fields have not changed.
    private BitFieldSymbol? CleanGroups(FileScope scope, LayoutItem item)
    {
        if (item.CleanFields is not { } name)
            return null;
        var member = item.Fields.FirstOrDefault(f => f.Name.Value == name.Value && !f.StoresField);
        var symbol = member?.Type is { } type ? Symbols.Find<BitFieldSymbol>(type.Value) : null;
        if (symbol is not { Bits: 32 })
        {
            var candidates = item.Fields.Where(static f => !f.StoresField).Select(static f => f.Name.Value);
            if (member is null)
                scope.FailUnknown(item, "layout member with a 32-bit bit-field as its type", name, candidates);
            else
                scope.Fail(
                    item,
                    DiagnosticIds.UnfittingSpec,
                    name.At,
                    $"'{name.Value}' cannot say which groups of fields are unchanged, because its type is not a bit-field of 32 bits"
                );
            return null;
        }
        return symbol;
    }

    private static uint CleanMask(FileScope scope, LayoutItem item, LayoutFieldItem field, BitFieldSymbol? groups)
    {
        if (field.Group is not { } group)
            return 0;
        const string All = "all";
        var bits = (groups?.Parts ?? default).Where(b => group.Value == All || b.Name == group.Value).ToArray();
        if (bits.Length == 0)
        {
            var names = (groups?.Parts ?? default).Select(static b => b.Name).Concat([All]);
            scope.FailUnknown(item, "bit of the layout's clean fields", group, names);
        }
        return bits.Aggregate(0u, static (mask, bit) => mask | (1u << bit.Low));
    }

    private LayoutMember? Member(FileScope scope, LayoutItem item, LayoutFieldItem field)
    {
        var name = field.Name.Value;
        if (field.StoresField)
        {
            if (Symbols.Find<FieldSymbol>(name) is { } symbol)
            {
                resolver.Use(scope, item, symbol.Item);
                var stored = Symbols.Find<ValueTypeSymbol>(symbol.Type);
                if (stored is not null && !resolver.CanShow(scope, item, field.Name, stored))
                    return null;
                // In memory, natural width is 64 bits.
                var size = new VmcsEncoding(symbol.Encoding).Size;
                var type = CSharpInteger.Find(symbol.Type) is { IsNative: true }
                    ? CSharpInteger.Unsigned(size)
                    : Symbols.TypeReference(symbol.Type);
                return new(name, field.Doc, field.Offset.Value, size / 8, type, symbol.Encoding, _builtInFields.Contains(name));
            }
            scope.FailUnknown(item, "VMCS field", field.Name, Symbols.Names<FieldSymbol>());
            return null;
        }
        var own = field.Type!.Value;
        if (RawTypes.Contains(own.Value))
            return new(name, field.Doc, field.Offset.Value, CSharpInteger.Find(own.Value)!.Bytes, own.Value, null, false);
        if (Symbols.Find<ValueTypeSymbol>(own.Value) is { } valueType)
            return !resolver.CanShow(scope, item, own, valueType)
                ? null
                : new(name, field.Doc, field.Offset.Value, valueType.Bits / 8, valueType.Reference(own.Value), null, false);
        scope.FailUnknown(item, "type", own, RawTypes.Concat(Symbols.ValueTypeNames));
        return null;
    }

    private static IEnumerable<string> BuiltInFields(Resolver resolver) =>
        resolver.IsOwn
            ? resolver.Symbols.Of<FieldSymbol>().Where(static field => field.File is null).Select(static field => field.Name)
            : resolver.Items<VmcsFieldItem>().Select(static i => i.Item.Name.Value);
}
