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
    public void Declare()
    {
        foreach (var (scope, item) in resolver.Items<EnumItem>())
            DeclareEnum(scope, item);
    }

    public void Emit()
    {
        foreach (var (scope, item) in resolver.Items<EnumItem>())
            EmitEnum(scope, item);
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
            if (item.Size < 64 && value.Value.Value >> item.Size != 0)
                scope.Fail(item, DiagnosticIds.BitsOutOfRange, value.Value.At, value.Name.Value, item.Size);
            // Kernel headers give some constants two names; an enum of the SDM has one name a value.
            if (scope.File.Kind == SpecKind.Enums && values.TryGetValue(value.Value.Value, out var first))
                scope.Fail(item, DiagnosticIds.DuplicateValue, value.Value.At, name, value.Name.Value, first, $"0x{value.Value.Value:X}");
            values[value.Value.Value] = value.Name.Value;
        }
        if (!scope.IsDropped(item))
            resolver.Declare(
                scope,
                item,
                item.Form == EnumForm.Constants
                    ? new ConstantsSymbol(name, item.Size)
                    : new EnumSymbol(name, item.Size, item.HasTexts ? EnumSymbol.TextsOf(name) : null)
            );
    }

    private void EmitEnum(FileScope scope, EnumItem item) =>
        scope.Units.Add(
            new EnumUnit(
                resolver.Target(scope, item.Name.Value),
                item.Name.Value,
                scope.Doc(item),
                item.Form,
                CSharpInteger.Of(item.Size, item.IsSigned),
                item.HasTexts,
                item.Values.Select(static v => new EnumMember(v.Name.Value, v.Doc, v.Value.Value)).ToEquatable()
            )
        );
}
