using System.Collections.Generic;
using System.Linq;
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
        foreach (var (scope, item) in resolver.Items<MsrItem>())
            resolver.Declare(scope, item, new MsrSymbol(item.Name.Value, item.Index.Value));
    }

    public void Emit()
    {
        var all = new List<MsrMember>();
        foreach (var (scope, items) in resolver.ByFile<MsrItem>())
        {
            var members = new List<MsrMember>();
            foreach (var item in items)
            {
                if (item.Type is { } type && Symbols.Find<BitFieldSymbol>(type.Value) is not { Bits: 64 })
                    scope.FailUnknown(item, "64-bit bit-field", type, Symbols.Of<BitFieldSymbol>().Where(static b => b.Bits == 64).Select(static b => b.Name));
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
}
