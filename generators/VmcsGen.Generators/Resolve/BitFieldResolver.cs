using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.Units;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Resolve;

/// <summary>Resolves bit-fields, and bits that a spec adds to one.</summary>
internal sealed class BitFieldResolver(Resolver resolver)
{
    private SymbolTable Symbols => resolver.Symbols;

    public void Declare()
    {
        foreach (var (scope, item) in resolver.Items<BitFieldItem>().Where(static i => !i.Item.Extends))
            DeclareBitField(scope, item);
        foreach (var (scope, item) in resolver.Items<BitFieldItem>().Where(static i => i.Item.Extends))
            Extend(scope, item);
    }

    public void Emit()
    {
        foreach (var (scope, item) in resolver.Items<BitFieldItem>())
            EmitBitField(scope, item);
    }

    private void DeclareBitField(FileScope scope, BitFieldItem item)
    {
        CheckParts(scope, item, item.Size, []);
        CheckReferences(scope, item);
        if (!scope.IsDropped(item))
            resolver.Declare(scope, item, new BitFieldSymbol(item.Name.Value, item.Size, BitsOf(item)));
    }

    // From here on the bits are the bit-field's as if it had always had them: for other extensions and for conditions.
    private void Extend(FileScope scope, BitFieldItem item)
    {
        if (Symbols.Find<BitFieldSymbol>(item.Name.Value) is not { } extended)
        {
            scope.FailUnknown(item, "bit-field", item.Name, Symbols.Names<BitFieldSymbol>());
            return;
        }
        resolver.CanShow(scope, item, item.Name, extended);
        CheckParts(scope, item, extended.Bits, extended.Parts);
        CheckReferences(scope, item);
        if (!scope.IsDropped(item))
        {
            Symbols.AddBits(extended, BitsOf(item), item);
            resolver.Export(scope, item, new AddedBitsSymbol(extended.Name, BitsOf(item)));
        }
    }

    private static EquatableArray<BitSymbol> BitsOf(BitFieldItem item) =>
        item.Parts.Select(static p => new BitSymbol(p.Name.Value, p.Low.Value, p.High)).ToEquatable();

    private static void CheckParts(FileScope scope, BitFieldItem item, int size, IEnumerable<BitSymbol> existing)
    {
        var bitField = item.Name.Value;
        var taken = existing.ToList();
        var names = new HashSet<string>(taken.SelectMany(static b => NamesOf(b.Name)));
        if (!item.Extends && ReservedNames.BitFieldMembers.Contains(bitField))
            scope.FailTaken(item, item.Name.At, bitField, "a member that every bit-field has");
        foreach (var part in item.Parts)
        {
            var name = part.Name.Value;
            if (ReservedNames.BitFieldMembers.Contains(name))
                scope.FailTaken(item, part.Name.At, name, "a member that every bit-field has");
            else if (name == bitField)
                scope.FailTaken(item, part.Name.At, name, "the bit-field");
            else if (NamesOf(name).Any(names.Contains))
                scope.FailTaken(item, part.Name.At, name, $"another part of {bitField}");
            names.UnionWith(NamesOf(name));
            if (part.High >= size)
                scope.Fail(item, DiagnosticIds.BitsOutOfRange, part.Low.At, name, size);
            var other = taken.FindIndex(b => part.Low.Value <= b.High && b.Low <= part.High);
            if (other < 0)
                taken.Add(new(name, part.Low.Value, part.High));
            else if (taken[other].Name != name)
                scope.Fail(item, DiagnosticIds.OverlappingBits, part.Low.At, name, taken[other].Name, bitField);
        }
    }

    // A property has methods behind it, and a bit that is added to a bit-field one more.
    private static string[] NamesOf(string part) => [part, "With" + part, "get_" + part, "set_" + part];

    private void CheckReferences(FileScope scope, BitFieldItem item)
    {
        foreach (var msr in new[] { item.Capability, item.TrueCapability })
        {
            if (msr is not { } name)
                continue;
            if (Symbols.Find<MsrSymbol>(name.Value) is { } symbol)
                resolver.Use(scope, item, symbol.Item);
            else
                scope.FailUnknown(item, "MSR", name, Symbols.Names<MsrSymbol>());
        }
        foreach (var part in item.Parts)
        {
            if (part.Enum is not { } name)
                continue;
            if (Symbols.Find<EnumSymbol>(name.Value) is { } symbol)
                resolver.CanShow(scope, item, name, symbol);
            else
                scope.FailUnknown(item, "enum", name, Symbols.Names<EnumSymbol>());
        }
    }

    private void EmitBitField(FileScope scope, BitFieldItem item)
    {
        var parts = item
            .Parts.Select(p => new BitPart(
                p.Name.Value,
                p.Doc,
                p.Low.Value,
                p.High,
                p.Enum is { } type ? Symbols.TypeReference(type.Value) : null,
                p.InPlace
            ))
            .ToEquatable();
        var name = item.Name.Value;
        if (item.Extends)
        {
            var className = resolver.Names.ClassName(scope, name, parts.SelectMany(static p => NamesOf(p.Name)));
            var extended = Symbols.Find<BitFieldSymbol>(name)!;
            scope.Units.Add(
                new BitFieldExtensionUnit(
                    resolver.Names.Target(scope, className),
                    className,
                    extended.Reference(name),
                    extended.Bits,
                    parts
                )
            );
        }
        else
        {
            scope.Units.Add(
                new BitFieldUnit(
                    resolver.Names.Target(scope, name),
                    name,
                    scope.Doc(item),
                    item.Size,
                    item.Capability?.Value,
                    item.TrueCapability?.Value,
                    parts
                )
            );
        }
    }
}
