using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Units;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Resolve;

/// <summary>Resolves control words: the bit-fields whose allowed settings a capability MSR reports.</summary>
internal sealed class ControlWordResolver(Resolver resolver)
{
    private const string Suffix = "Controls";

    private SymbolTable Symbols => resolver.Symbols;

    private readonly List<(FileScope Scope, BitFieldItem Item, ControlWord Word)> _words = [];

    public void Check()
    {
        foreach (var (scope, item) in resolver.Items<BitFieldItem>())
        {
            if (item.Capability is null && (item.Word ?? item.ActivatedBy ?? item.TrueCapability) is { } alone)
                scope.Fail(
                    item,
                    DiagnosticIds.UnfittingSpec,
                    alone.At,
                    $"{item.Name.Value} is not a control word, because no MSR reports its settings: state 'capability' too"
                );
            var activator = item.ActivatedBy is { } control ? ControlBits.Find(resolver, scope, item, control) : null;
            if (item.Capability is not { } capability || scope.IsDropped(item))
                continue;
            if (Symbols.FindHolder(item.Name.Value) is { } field)
                _words.Add(
                    (
                        scope,
                        item,
                        new(
                            ShortName(item),
                            item.Name.Value,
                            scope.Doc(item),
                            item.Size,
                            field.Name,
                            capability.Value,
                            item.TrueCapability?.Value,
                            activator
                        )
                    )
                );
            else if (!resolver.IsOwn)
                scope.Fail(
                    item,
                    DiagnosticIds.UnfittingSpec,
                    item.Name.At,
                    $"No VMCS field holds the control word {item.Name.Value}: add the field"
                );
        }
    }

    public void Emit()
    {
        var words = _words.Where(static word => !word.Scope.IsDropped(word.Item)).Select(static word => word.Word).ToEquatable();
        if (resolver.IsRuntime && words.Count > 0)
            resolver.AddShared(new ControlWordsUnit(resolver.Names.SharedTarget(SpecKind.BitFields, "VmxControlWords"), words));
    }

    private static string ShortName(BitFieldItem item)
    {
        var name = item.Name.Value;
        return item.Word?.Value
            ?? (name.EndsWith(Suffix, StringComparison.Ordinal) ? name.Substring(0, name.Length - Suffix.Length) : name);
    }
}
