using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.Units;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Resolve;

/// <summary>Resolves enums and groups of constants.</summary>
internal sealed class EnumResolver(Resolver resolver)
{
    private readonly List<(FileScope Scope, EnumItem Item, EquatableArray<EnumMember> Members)> _declared = [];

    public void Declare()
    {
        foreach (var (scope, item) in resolver.Items<EnumItem>().ToArray())
            DeclareEnum(scope, item);
    }

    public void Emit()
    {
        foreach (var (scope, item, members) in _declared.Where(static declared => !declared.Scope.IsDropped(declared.Item)))
        {
            resolver.Enter(scope);
            scope.Units.Add(
                new EnumUnit(
                    resolver.Names.Target(scope, item.Name.Value),
                    item.Name.Value,
                    scope.Doc(item),
                    item.Form,
                    CSharpInteger.Of(item.Size, item.IsSigned),
                    item.HasTexts,
                    members
                )
            );
        }
    }

    private void DeclareEnum(FileScope scope, EnumItem item)
    {
        var name = item.Name.Value;
        var names = new HashSet<string>();
        var values = new Dictionary<ulong, string>();
        var members = new List<EnumMember>();
        var all = item.ValuesOn(resolver.Architecture).ToArray();
        // A group of which the machine has nothing is no type there.
        if (all.Length == 0 && item.Values.Count > 0)
            return;
        foreach (var value in all)
        {
            if (!names.Add(value.Name.Value))
                scope.FailTaken(item, value.Name.At, value.Name.Value, $"another value of {name}");
            if (
                item.Form == EnumForm.Constants
                    ? value.Name.Value == name || ReservedNames.ConstantsMembers.Contains(value.Name.Value)
                    : value.Name.Value == "value__"
            )
                scope.FailTaken(
                    item,
                    value.Name.At,
                    value.Name.Value,
                    item.Form == EnumForm.Constants ? "the class or a member that every class has" : "a member that every enum has"
                );
            if (Number(scope, item, value) is not { } number)
                continue;
            // Kernel headers give some constants two names; an enum of the SDM has one name a value.
            if (scope.File.Kind == SpecKind.Enums && values.TryGetValue(number, out var first))
                scope.Fail(item, DiagnosticIds.DuplicateValue, value.Value.At, name, value.Name.Value, first, $"0x{number:X}");
            values[number] = value.Name.Value;
            members.Add(new(value.Name.Value, value.Doc, number, value.Constant?.Text?.Value));
        }
        if (item.Form == EnumForm.Flags && scope.File.Kind == SpecKind.KvmConstants)
            FlagOverlap.Report(scope, item, members);
        if (scope.IsDropped(item))
            return;
        var symbol =
            item.Form == EnumForm.Constants
                ? (Symbol)new ConstantsSymbol(name, item.Size)
                : new EnumSymbol(name, item.Size, item.HasTexts ? EnumSymbol.TextsOf(name) : null);
        if (resolver.Declare(scope, item, symbol))
            _declared.Add((scope, item, members.ToEquatable()));
    }

    // The value as bits of the type; null when it has none, which is reported.
    private ulong? Number(FileScope scope, EnumItem item, EnumValueItem value)
    {
        if (value.Constant is { } constant)
        {
            if (constant.Text is not null)
                return 0;
            if (resolver.Constants.Value(constant) is { } computed)
                return ConstantSymbol.Of("", computed).Value & (ulong.MaxValue >> (64 - item.Size));
            scope.Drop(item);
            return null;
        }
        if (item.Size == 64 || value.Value.Value >> item.Size == 0)
            return value.Value.Value;
        scope.Fail(item, DiagnosticIds.BitsOutOfRange, value.Value.At, value.Name.Value, item.Size);
        return null;
    }
}
