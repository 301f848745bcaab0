using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Units;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Resolve;

/// <summary>Resolves model-specific registers.</summary>
internal sealed class MsrResolver(Resolver resolver)
{
    private SymbolTable Symbols => resolver.Symbols;

    public void Declare()
    {
        // A file's MSRs are one enum, by which WRMSR's demands are told.
        var indices = new Dictionary<(FileScope, ulong), string>();
        foreach (var (scope, item) in resolver.Items<MsrItem>())
        {
            var (name, index) = (item.Name.Value, item.Index.Value);
            if (name == "value__")
                scope.FailTaken(item, item.Name.At, name, "a member that every enum has");
            else if (indices.TryGetValue((scope, index), out var other))
                scope.Fail(item, DiagnosticIds.DuplicateValue, item.Index.At, scope.FileName, other, name, $"0x{index:X}");
            else if (resolver.Declare(scope, item, new MsrSymbol(name, index)))
                indices.Add((scope, index), name);
        }
    }

    public void Check()
    {
        foreach (var (scope, item) in resolver.Items<MsrItem>())
        {
            if (item.Type is not { } type)
                continue;
            if (Symbols.Find<BitFieldSymbol>(type.Value) is { Bits: 64 } symbol)
                resolver.Use(scope, item, symbol.Item);
            else
                scope.FailUnknown(
                    item,
                    "64-bit bit-field",
                    type,
                    Symbols.Of<BitFieldSymbol>().Where(static b => b.Bits == 64).Select(static b => b.Name)
                );
        }
    }

    public void Emit()
    {
        var all = new List<MsrMember>();
        foreach (var (scope, items) in resolver.ByFile<MsrItem>())
        {
            var members = items.Select(item => Member(scope, item)).ToArray();
            // The built-in ones are one enum, but for those that state a namespace of their own.
            if (!resolver.IsOfProject(scope) && scope.File.Namespace is null)
            {
                all.AddRange(members);
                continue;
            }
            var name = resolver.IsOfProject(scope)
                ? resolver.Names.ClassName(scope, "Msrs", [], "Values")
                : resolver.Names.UniqueClass(scope, "X86Msr", []);
            scope.Units.Add(new MsrUnit(resolver.Names.Target(scope, name), name, members.ToEquatable()));
        }
        if (all.Count > 0)
            resolver.AddShared(
                new MsrUnit(resolver.Names.SharedTarget(SpecKind.Msrs, "VmxMsr"), "VmxMsr", all.OrderBy(static m => m.Index).ToEquatable())
            );
    }

    private static MsrMember Member(FileScope scope, MsrItem item) =>
        new(item.Name.Value, scope.Doc(item), item.Index.Value, item.Type?.Value, item.Writable, item.Form);
}
