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
            var members = items.Select(item => Member(scope, item)).OfType<MsrMember>().ToArray();
            // The built-in ones are one enum, but for those that state a namespace of their own.
            if (!resolver.IsOwn && scope.File.Namespace is null)
            {
                all.AddRange(members);
            }
            else if (members.Length > 0)
            {
                var name = resolver.IsOwn ? resolver.ClassName(scope, "Msrs", []) : resolver.ClassName(scope, [], "X86Msr");
                scope.Units.Add(new MsrUnit(resolver.Target(scope, name), name, members.ToEquatable()));
            }
        }
        if (all.Count > 0)
            resolver.AddShared(
                new MsrUnit(resolver.SharedTarget(SpecKind.Msrs, "VmxMsr"), "VmxMsr", all.OrderBy(static m => m.Index).ToEquatable())
            );
    }

    private MsrMember? Member(FileScope scope, MsrItem item)
    {
        if (item.Type is not { } type || Symbols.Find<BitFieldSymbol>(type.Value) is { Bits: 64 })
            return new(item.Name.Value, scope.Doc(item), item.Index.Value, item.Type?.Value, item.Writable, item.Form);
        scope.FailUnknown(
            item,
            "64-bit bit-field",
            type,
            Symbols.Of<BitFieldSymbol>().Where(static b => b.Bits == 64).Select(static b => b.Name)
        );
        return null;
    }
}
