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
    private static readonly string[] RawTypes =
    [
        .. CSharpInteger.All.Where(static integer => !integer.IsSigned && !integer.IsNative).Select(static integer => integer.Name),
    ];

    private readonly HashSet<string> _builtInFields = new(BuiltInFields(resolver));

    private SymbolTable Symbols => resolver.Symbols;

    public void Declare()
    {
        foreach (var (scope, item) in resolver.Items<LayoutItem>())
            resolver.Declare(scope, item, new LayoutSymbol(item.Name.Value, item.Size.Value));
    }

    public void Emit()
    {
        foreach (var (scope, item) in resolver.Items<LayoutItem>())
            EmitLayout(scope, item);
    }

    private void EmitLayout(FileScope scope, LayoutItem item)
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
                scope.Report(
                    DiagnosticIds.LayoutFieldOutOfRange,
                    at,
                    member.Name,
                    member.Size,
                    member.Offset,
                    item.Name.Value,
                    item.Size.Value
                );
            else if (previous is not null)
                scope.Report(
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
                scope.ReportTaken(
                    field.Name.At,
                    member.Name,
                    member.Name == item.Name.Value ? "the layout" : "a member that every layout has"
                );
            else if (!names.Add(member.Name))
                scope.ReportTaken(field.Name.At, member.Name, $"another member of {item.Name.Value}");
            else
                members.Add(member with { CleanMask = CleanMask(scope, field, groups) });
        }
        scope.Units.Add(
            new LayoutUnit(
                resolver.Target(scope, item.Name.Value),
                item.Name.Value,
                scope.Doc(item),
                item.Size.Value,
                item.Revision,
                groups is null ? null : item.CleanFields?.Value,
                members.ToEquatable()
            )
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
            scope.Report(
                DiagnosticIds.UnknownReference,
                name.At,
                "layout member with a 32-bit bit-field as its type",
                name.Value,
                scope.Suggest(name.Value, candidates)
            );
            return null;
        }
        return symbol;
    }

    private static uint CleanMask(FileScope scope, LayoutFieldItem field, BitFieldSymbol? groups)
    {
        if (field.Group is not { } group)
            return 0;
        const string All = "all";
        var bits = (groups?.Parts ?? default).Where(b => group.Value == All || b.Name == group.Value).ToArray();
        if (bits.Length == 0)
        {
            var names = (groups?.Parts ?? default).Select(static b => b.Name).Concat([All]);
            scope.Report(
                DiagnosticIds.UnknownReference,
                group.At,
                "bit of the layout's clean fields",
                group.Value,
                scope.Suggest(group.Value, names)
            );
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
                if (Symbols.Find<ValueTypeSymbol>(symbol.Type) is { } stored && !resolver.CanShow(scope, item, field.Name, stored))
                    return null;
                // In memory, natural width is 64 bits.
                var size = new VmcsEncoding(symbol.Encoding).Size;
                var type = CSharpInteger.Find(symbol.Type) is { IsNative: true }
                    ? CSharpInteger.Unsigned(size)
                    : Symbols.TypeReference(symbol.Type);
                return new(name, field.Doc, field.Offset.Value, size / 8, type, symbol.Encoding, _builtInFields.Contains(name));
            }
            scope.Report(
                DiagnosticIds.UnknownReference,
                field.Name.At,
                "VMCS field",
                name,
                scope.Suggest(name, Symbols.Names<FieldSymbol>())
            );
            return null;
        }
        var own = field.Type!.Value;
        if (RawTypes.Contains(own.Value))
            return new(name, field.Doc, field.Offset.Value, CSharpInteger.Find(own.Value)!.Bytes, own.Value, null, false);
        if (Symbols.Find<ValueTypeSymbol>(own.Value) is { } valueType)
            return !resolver.CanShow(scope, item, own, valueType)
                ? null
                : new(name, field.Doc, field.Offset.Value, valueType.Bits / 8, valueType.Reference(own.Value), null, false);
        scope.Report(
            DiagnosticIds.UnknownReference,
            own.At,
            "type",
            own.Value,
            scope.Suggest(own.Value, RawTypes.Concat(Symbols.ValueTypeNames))
        );
        return null;
    }

    private static IEnumerable<string> BuiltInFields(Resolver resolver) =>
        resolver.IsOwn
            ? resolver.Symbols.Of<FieldSymbol>().Where(static field => field.File is null).Select(static field => field.Name)
            : resolver.Items<VmcsFieldItem>().Select(static i => i.Item.Name.Value);
}
