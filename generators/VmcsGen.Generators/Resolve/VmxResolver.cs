using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Emit;
using VmcsGen.Generators.Layout;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Specs;

namespace VmcsGen.Generators.Resolve;

/// <summary>Resolves the VMX kinds: fields, bit-fields, enums, layouts, MSRs.</summary>
internal sealed class VmxResolver(Resolver resolver)
{
    private static readonly string[] RawFieldTypes = ["ushort", "uint", "ulong", "nuint"];
    private static readonly string[] RawMemberTypes = ["byte", "ushort", "uint", "ulong"];

    private readonly HashSet<string> _builtInFields = new(BuiltInNames(resolver));

    private SymbolTable Symbols => resolver.Symbols;

    public void Declare()
    {
        foreach (var (scope, item) in resolver.Items<EnumItem>())
            DeclareEnum(scope, item);
        foreach (var (scope, item) in resolver.Items<MsrItem>())
            resolver.Declare(scope, item, new(SymbolKind.Msr, item.Name.Value, item.Name.Value, Value: item.Index.Value));
        foreach (var (scope, item) in resolver.Items<BitFieldItem>().Where(static i => !i.Item.Extends))
            DeclareBitField(scope, item);
        foreach (var (scope, item) in resolver.Items<BitFieldItem>().Where(static i => i.Item.Extends))
            Extend(scope, item);
        foreach (var (scope, item) in resolver.Items<VmcsFieldItem>())
            DeclareField(scope, item);
        foreach (var (scope, item) in resolver.Items<LayoutItem>())
            resolver.Declare(scope, item, new(SymbolKind.Layout, item.Name.Value, item.Name.Value, item.Size.Value));
    }

    public void Emit()
    {
        foreach (var (scope, item) in resolver.Items<EnumItem>())
            EmitEnum(scope, item);
        foreach (var (scope, item) in resolver.Items<BitFieldItem>())
            EmitBitField(scope, item);
        EmitFields();
        foreach (var (scope, item) in resolver.Items<LayoutItem>())
            EmitLayout(scope, item);
        EmitMsrs();
    }

    private void DeclareEnum(FileScope scope, EnumItem item)
    {
        var name = item.Name.Value;
        var names = new HashSet<string>();
        var values = new Dictionary<ulong, string>();
        foreach (var value in item.Values)
        {
            if (!names.Add(value.Name.Value))
                scope.FailTaken(item, value.Name.At, value.Name.Value, $"another value of {name}");
            if (item.Form == EnumForm.Constants ? value.Name.Value == name || ReservedNames.ConstantsMembers.Contains(value.Name.Value) : value.Name.Value == "value__")
                scope.FailTaken(item, value.Name.At, value.Name.Value, item.Form == EnumForm.Constants ? "the class or a member that every class has" : "a member that every enum has");
            if (item.Size < 64 && value.Value.Value >> item.Size != 0)
                scope.Fail(item, DiagnosticIds.BitsOutOfRange, value.Value.At, value.Name.Value, item.Size);
            // Kernel headers give some constants two names; an enum of the SDM has one name a value.
            if (scope.File.Kind == SpecKind.Enums && values.TryGetValue(value.Value.Value, out var first))
                scope.Fail(item, DiagnosticIds.DuplicateValue, value.Value.At, name, value.Name.Value, first, $"0x{value.Value.Value:X}");
            values[value.Value.Value] = value.Name.Value;
        }
        var kind = item.Form == EnumForm.Constants ? SymbolKind.Constants : SymbolKind.Enum;
        if (!scope.Dropped.Contains(item))
            resolver.Declare(scope, item, new(kind, name, name, item.Size, Type: item.HasTexts ? Symbol.TextsOf(name) : null));
    }

    private void DeclareBitField(FileScope scope, BitFieldItem item)
    {
        CheckParts(scope, item, item.Size, []);
        CheckReferences(scope, item);
        if (!scope.Dropped.Contains(item))
            resolver.Declare(scope, item, new(SymbolKind.BitField, item.Name.Value, item.Name.Value, item.Size, Bits: BitsOf(item)));
    }

    // From here on the bits are the bit-field's as if it had always had them: for other extensions and for conditions.
    private void Extend(FileScope scope, BitFieldItem item)
    {
        if (Symbols.Find(SymbolKind.BitField, item.Name.Value) is not { } extended)
        {
            Unknown(scope, item, "bit-field", item.Name, Symbols.Names(SymbolKind.BitField));
            return;
        }
        resolver.CanShow(scope, item, item.Name, extended);
        CheckParts(scope, item, extended.Size, extended.Bits);
        CheckReferences(scope, item);
        if (!scope.Dropped.Contains(item))
            Symbols.AddBits(extended.Name, BitsOf(item));
    }

    private static EquatableArray<BitSymbol> BitsOf(BitFieldItem item) =>
        item.Parts.Select(static p => new BitSymbol(p.Name.Value, p.Low.Value, p.High)).ToEquatable();

    private static void CheckParts(FileScope scope, BitFieldItem item, int size, IEnumerable<BitSymbol> existing)
    {
        var bitField = item.Name.Value;
        var taken = existing.ToList();
        var names = new HashSet<string>(taken.Select(static b => b.Name).Concat(taken.Select(static b => SetterOf(b.Name))));
        foreach (var part in item.Parts)
        {
            var name = part.Name.Value;
            if (ReservedNames.BitFieldMembers.Contains(name))
                scope.FailTaken(item, part.Name.At, name, "a member that every bit-field has");
            else if (name == bitField)
                scope.FailTaken(item, part.Name.At, name, "the bit-field");
            else if (!names.Add(name) | (item.Extends && !names.Add(SetterOf(name))))
                scope.FailTaken(item, part.Name.At, name, $"another part of {bitField}");
            if (part.High >= size)
                scope.Fail(item, DiagnosticIds.BitsOutOfRange, part.Low.At, name, size);
            var other = taken.FindIndex(b => part.Low.Value <= b.High && b.Low <= part.High);
            if (other < 0)
                taken.Add(new(name, part.Low.Value, part.High));
            else if (taken[other].Name != name)
                scope.Fail(item, DiagnosticIds.OverlappingBits, part.Low.At, name, taken[other].Name, bitField);
        }
    }

    // A bit that is added has a method beside its property.
    private static string SetterOf(string part) => "With" + part;

    private void CheckReferences(FileScope scope, BitFieldItem item)
    {
        foreach (var msr in new[] { item.Capability, item.TrueCapability })
        {
            if (msr is { } name && Symbols.Find(SymbolKind.Msr, name.Value) is null)
                Unknown(scope, item, "MSR", name, Symbols.Names(SymbolKind.Msr));
        }
        foreach (var part in item.Parts)
        {
            if (part.Enum is not { } name)
                continue;
            if (Symbols.Find(SymbolKind.Enum, name.Value) is { } symbol)
                resolver.CanShow(scope, item, name, symbol);
            else
                Unknown(scope, item, "enum", name, Symbols.Names(SymbolKind.Enum));
        }
    }

    private void DeclareField(FileScope scope, VmcsFieldItem item)
    {
        var encoding = new VmcsEncoding(item.Encoding.Value);
        var at = item.Encoding.At;
        if (ReservedNames.FieldMembers.Contains(item.Name.Value))
            scope.FailTaken(item, item.Name.At, item.Name.Value, "a member of Vmcs, VmcsField or the class with the file's fields");
        else if (encoding.HasReservedBits)
            scope.Fail(item, DiagnosticIds.InvalidEncoding, at, $"0x{encoding.Value:X}", "it has bits set that are reserved: only bits 11:0, 13 and 14 may be used");
        else if (encoding.IsHighAccess)
            scope.Fail(item, DiagnosticIds.InvalidEncoding, at, $"0x{encoding.Value:X}", $"bit 0 selects the high half of a 64-bit field: state the field as 0x{encoding.Value & ~1UL:X}, its high half is derived");
        else if (Symbols.FindEncoding(encoding.Value) is { } other)
            scope.Fail(item, DiagnosticIds.DuplicateEncoding, at, $"0x{encoding.Value:X}", item.Name.Value, other.Describe());
        else if (FieldType(scope, item, encoding) is { } type)
            resolver.Declare(scope, item, new(SymbolKind.Field, item.Name.Value, item.Name.Value, encoding.Size, Value: encoding.Value, Type: type));
    }

    private string? FieldType(FileScope scope, VmcsFieldItem item, VmcsEncoding encoding)
    {
        if (item.Type is not { } type || type.Value == encoding.CSharpType)
            return encoding.CSharpType;
        if (Symbols.FindValueType(type.Value) is { } symbol)
        {
            if (symbol.Size == encoding.Size)
                return resolver.CanShow(scope, item, type, symbol) ? type.Value : null;
            scope.Fail(item, DiagnosticIds.WidthContradictsType, type.At, item.Name.Value, $"0x{encoding.Value:X4}", encoding.DescribeWidth(), type.Value, symbol.Size, encoding.CSharpType);
        }
        else if (RawFieldTypes.Contains(type.Value))
        {
            scope.Fail(item, DiagnosticIds.WidthContradictsType, type.At, item.Name.Value, $"0x{encoding.Value:X4}", encoding.DescribeWidth(), type.Value, RawSize(type.Value), encoding.CSharpType);
        }
        else
        {
            Unknown(scope, item, "type", type, RawFieldTypes.Concat(Symbols.Names(SymbolKind.BitField, SymbolKind.Enum)));
        }
        return null;
    }

    private void EmitEnum(FileScope scope, EnumItem item) => scope.Units.Add(new EnumUnit(
        resolver.Target(scope, item.Name.Value),
        item.Name.Value,
        scope.Doc(item),
        item.Form,
        CSharpInteger(item.Size, item.IsSigned),
        item.HasTexts,
        item.Values.Select(static v => new EnumMember(v.Name.Value, v.Doc, v.Value.Value)).ToEquatable()));

    private void EmitBitField(FileScope scope, BitFieldItem item)
    {
        var parts = item.Parts.Select(static p => new BitPart(p.Name.Value, p.Doc, p.Low.Value, p.High, p.Enum?.Value, p.InPlace)).ToEquatable();
        var name = item.Name.Value;
        if (item.Extends)
        {
            var className = resolver.ClassName(scope, name, parts.Select(static p => p.Name));
            var size = Symbols.Find(SymbolKind.BitField, name)!.Size;
            scope.Units.Add(new BitFieldExtensionUnit(resolver.Target(scope, className), className, name, size, parts));
        }
        else
        {
            scope.Units.Add(new BitFieldUnit(resolver.Target(scope, name), name, scope.Doc(item), item.Size, item.Capability?.Value, item.TrueCapability?.Value, parts));
        }
    }

    private void EmitFields()
    {
        var all = new List<VmcsField>();
        foreach (var (scope, items) in resolver.ByFile<VmcsFieldItem>())
        {
            var fields = items.Select(item => Field(scope, item)).Where(static f => f is not null).Select(static f => f!).ToEquatable();
            all.AddRange(fields);
            if (fields.Count == 0)
                continue;
            if (resolver.IsOwn)
            {
                var className = resolver.ClassName(scope, "VmcsFields", fields.Select(static f => f.Name));
                scope.Units.Add(new FieldExtensionUnit(resolver.Target(scope, className), className, fields));
            }
            else
            {
                scope.Units.Add(new FieldPropertiesUnit(resolver.Target(scope, $"Vmcs.{scope.File.Stem}"), fields));
            }
        }
        if (!resolver.IsOwn && all.Count > 0)
            resolver.AddShared(new FieldTableUnit(resolver.SharedTarget(SpecKind.VmcsFields, "VmcsField"), all.OrderBy(static f => f.Encoding).ToEquatable()));
    }

    private VmcsField? Field(FileScope scope, VmcsFieldItem item)
    {
        var controls = new List<string>();
        foreach (var control in item.ExistsWhen)
        {
            if (Control(scope, item, control) is { } name)
                controls.Add(name);
        }
        var check = item.Check is { } demand ? Check(scope, item, demand, controls) : null;
        if (scope.Dropped.Contains(item))
            return null;
        var symbol = Symbols.Find(SymbolKind.Field, item.Name.Value)!;
        var kind = Symbols.FindValueType(symbol.Type!)?.Kind;
        return new(item.Name.Value, scope.Doc(item), item.Encoding.Value, symbol.Type!, kind, controls.ToEquatable(), check);
    }

    // Without a 'when' of its own, a check applies under the one control that makes the field exist.
    private FieldCheck? Check(FileScope scope, VmcsFieldItem item, FieldCheckItem check, List<string> existsWhen)
    {
        var size = new VmcsEncoding(item.Encoding.Value).Size;
        if (size < 64 && check.ZeroBits.Value >> size != 0)
            scope.Fail(item, DiagnosticIds.UnfittingSpec, check.ZeroBits.At, $"The field {item.Name.Value} has {size} bits by its encoding, fewer than 'zero-bits' names");
        if (size < 64 && check.Form is not (ValueForm.Any or ValueForm.Nonzero))
            scope.Fail(item, DiagnosticIds.UnfittingSpec, check.At, $"The field {item.Name.Value} has {size} bits by its encoding, and only one of 64 bits can be an address or hold 8 memory types");
        var control = check.When is { } when ? Control(scope, item, when) : existsWhen.Count == 1 ? existsWhen[0] : null;
        if (control is null)
            return new(check.Form, check.ZeroBits.Value, null, 0, 0, check.See);

        var dot = control.IndexOf('.');
        var word = Symbols.Find(SymbolKind.BitField, control.Substring(0, dot))!;
        var bit = word.Bits.First(b => b.Name == control.Substring(dot + 1));
        var holder = Symbols.FindHolder(word.Name);
        if (holder is not null)
            return new(check.Form, check.ZeroBits.Value, control, holder.Value, 1UL << bit.Low, check.See);
        scope.Fail(item, DiagnosticIds.UnfittingSpec, check.When?.At ?? check.At, $"The check applies under {control}, but no VMCS field has the type {word.Name}: add that field or name another control");
        return null;
    }

    // "EnableEpt" or "SecondaryProcessorBasedControls.EnableEpt" to the latter.
    private string? Control(FileScope scope, VmcsFieldItem item, Spot<string> control)
    {
        var dot = control.Value.IndexOf('.');
        if (dot > 0)
        {
            var owner = Symbols.Find(SymbolKind.BitField, control.Value.Substring(0, dot));
            if (owner?.Bits.Any(b => b.Name == control.Value.Substring(dot + 1)) == true)
                return control.Value;
            var candidates = owner is null
                ? Symbols.Names(SymbolKind.BitField).Select(n => n + control.Value.Substring(dot))
                : owner.Bits.Select(b => $"{owner.Name}.{b.Name}");
            Unknown(scope, item, "control bit", control, candidates);
            return null;
        }
        var owners = Symbols.BitFieldsWith(control.Value).ToArray();
        if (owners.Length == 1)
            return $"{owners[0].Name}.{control.Value}";
        if (owners.Length > 1)
            scope.Fail(item, DiagnosticIds.AmbiguousReference, control.At, control.Value, string.Join(", ", owners.Select(o => $"{o.Name}.{control.Value}")));
        else
            Unknown(scope, item, "control bit", control, Symbols.Names(SymbolKind.BitField).SelectMany(n => Symbols.Find(SymbolKind.BitField, n)!.Bits.Select(static b => b.Name)));
        return null;
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
            var previous = members.Count > 0 && members[members.Count - 1] is var last && last.Offset + last.Size > member.Offset ? last : null;
            if (member.Offset + member.Size > item.Size.Value)
                scope.Report(DiagnosticIds.LayoutFieldOutOfRange, at, member.Name, member.Size, member.Offset, item.Name.Value, item.Size.Value);
            else if (previous is not null)
                scope.Report(DiagnosticIds.OverlappingLayoutFields, at, member.Name, member.Offset, member.Offset + member.Size, previous.Name, previous.Offset, previous.Offset + previous.Size, item.Name.Value);
            else if (member.Name == item.Name.Value || ReservedNames.LayoutMembers.Contains(member.Name))
                scope.ReportTaken(field.Name.At, member.Name, member.Name == item.Name.Value ? "the layout" : "a member that every layout has");
            else if (!names.Add(member.Name))
                scope.ReportTaken(field.Name.At, member.Name, $"another member of {item.Name.Value}");
            else
                members.Add(member with { CleanMask = CleanMask(scope, field, groups) });
        }
        scope.Units.Add(new LayoutUnit(
            resolver.Target(scope, item.Name.Value), item.Name.Value, scope.Doc(item), item.Size.Value, item.Revision, groups is null ? null : item.CleanFields?.Value, members.ToEquatable()));
    }

    // The bit-field of the member that says which groups of fields have not changed.
    private Symbol? CleanGroups(FileScope scope, LayoutItem item)
    {
        if (item.CleanFields is not { } name)
            return null;
        var member = item.Fields.FirstOrDefault(f => f.Name.Value == name.Value && !f.StoresField);
        var symbol = member?.Type is { } type ? Symbols.Find(SymbolKind.BitField, type.Value) : null;
        if (symbol is not { Size: 32 })
        {
            var candidates = item.Fields.Where(static f => !f.StoresField).Select(static f => f.Name.Value);
            scope.Report(DiagnosticIds.UnknownReference, name.At, "layout member with a 32-bit bit-field as its type", name.Value, scope.Suggest(name.Value, candidates));
            return null;
        }
        return symbol;
    }

    private static uint CleanMask(FileScope scope, LayoutFieldItem field, Symbol? groups)
    {
        if (field.Group is not { } group)
            return 0;
        const string All = "all";
        var bits = (groups?.Bits ?? default).Where(b => group.Value == All || b.Name == group.Value).ToArray();
        if (bits.Length == 0)
        {
            var names = (groups?.Bits ?? default).Select(static b => b.Name).Concat([All]);
            scope.Report(DiagnosticIds.UnknownReference, group.At, "bit of the layout's clean fields", group.Value, scope.Suggest(group.Value, names));
        }
        return bits.Aggregate(0u, static (mask, bit) => mask | (1u << bit.Low));
    }

    private LayoutMember? Member(FileScope scope, LayoutItem item, LayoutFieldItem field)
    {
        var name = field.Name.Value;
        if (field.StoresField)
        {
            if (Symbols.Find(SymbolKind.Field, name) is { } symbol)
            {
                if (Symbols.FindValueType(symbol.Type!) is { } stored && !resolver.CanShow(scope, item, field.Name, stored))
                    return null;
                // In memory, natural width is 64 bits.
                var type = symbol.Type == "nuint" ? "ulong" : symbol.Type!;
                return new(name, field.Doc, field.Offset.Value, symbol.Size / 8, type, symbol.Value, _builtInFields.Contains(name));
            }
            scope.Report(DiagnosticIds.UnknownReference, field.Name.At, "VMCS field", name, scope.Suggest(name, Symbols.Names(SymbolKind.Field)));
            return null;
        }
        var own = field.Type!.Value;
        if (RawMemberTypes.Contains(own.Value))
            return new(name, field.Doc, field.Offset.Value, RawSize(own.Value) / 8, own.Value, null, false);
        if (Symbols.FindValueType(own.Value) is { } valueType)
            return !resolver.CanShow(scope, item, own, valueType) ? null : new(name, field.Doc, field.Offset.Value, valueType.Size / 8, own.Value, null, false);
        scope.Report(DiagnosticIds.UnknownReference, own.At, "type", own.Value, scope.Suggest(own.Value, RawMemberTypes.Concat(Symbols.Names(SymbolKind.BitField, SymbolKind.Enum))));
        return null;
    }

    private void EmitMsrs()
    {
        var all = new List<MsrMember>();
        foreach (var (scope, items) in resolver.ByFile<MsrItem>())
        {
            var members = new List<MsrMember>();
            foreach (var item in items)
            {
                if (item.Type is { } type && Symbols.Find(SymbolKind.BitField, type.Value) is not { Size: 64 })
                    Unknown(scope, item, "64-bit bit-field", type, Symbols.Names(SymbolKind.BitField).Where(n => Symbols.Find(SymbolKind.BitField, n)!.Size == 64));
                else
                    members.Add(new(item.Name.Value, scope.Doc(item), item.Index.Value, item.Type?.Value));
            }
            all.AddRange(members);
            if (!resolver.IsOwn || members.Count == 0)
                continue;
            var className = resolver.ClassName(scope, "Msrs", []);
            scope.Units.Add(new MsrUnit(resolver.Target(scope, className), className, members.ToEquatable()));
        }
        if (!resolver.IsOwn && all.Count > 0)
            resolver.AddShared(new MsrUnit(resolver.SharedTarget(SpecKind.Msrs, "VmxMsr"), "VmxMsr", all.OrderBy(static m => m.Index).ToEquatable()));
    }

    private static void Unknown(FileScope scope, SpecItem item, string what, Spot<string> name, IEnumerable<string> candidates) =>
        scope.Fail(item, DiagnosticIds.UnknownReference, name.At, what, name.Value, scope.Suggest(name.Value, candidates));

    private static IEnumerable<string> BuiltInNames(Resolver resolver) =>
        resolver.IsOwn ? resolver.Symbols.Names(SymbolKind.Field) : resolver.Items<VmcsFieldItem>().Select(static i => i.Item.Name.Value);

    private static int RawSize(string type) => type switch
    {
        "byte" => 8,
        "ushort" => 16,
        "uint" => 32,
        _ => 64,
    };

    private static string CSharpInteger(int size, bool isSigned) => (size, isSigned) switch
    {
        (8, false) => "byte",
        (8, true) => "sbyte",
        (16, false) => "ushort",
        (16, true) => "short",
        (32, false) => "uint",
        (32, true) => "int",
        (_, false) => "ulong",
        _ => "long",
    };
}
