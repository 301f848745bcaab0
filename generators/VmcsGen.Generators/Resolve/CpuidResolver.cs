using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Abi;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.Units;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Resolve;

/// <summary>Resolves CPUID features.</summary>
internal sealed class CpuidResolver(Resolver resolver)
{
    private const string EnumName = "CpuidFeature";

    public void Declare()
    {
        var places = resolver.Symbols.Of<CpuidFeatureSymbol>().ToDictionary(static feature => feature.Place);
        foreach (var (scope, item) in resolver.Items<CpuidFeatureItem>())
        {
            var symbol = new CpuidFeatureSymbol(item.Name.Value, CpuidPlace.Encode(item));
            if (ReservedNames.EnumMembers.Contains(symbol.Name) || symbol.Name == EnumName)
                scope.FailTaken(item, item.Name.At, symbol.Name, "a member that every enum has");
            else if (places.TryGetValue(symbol.Place, out var other))
                scope.Fail(item, DiagnosticIds.DuplicateValue, item.Leaf.At, EnumName, symbol.Name, other.Name, Where(item));
            else if (resolver.Declare(scope, item, symbol))
                places.Add(symbol.Place, symbol);
        }
    }

    public void Emit()
    {
        var all = new List<CpuidFeature>();
        foreach (var (scope, items) in resolver.ByFile<CpuidFeatureItem>())
        {
            var features = items
                .Select(item => new CpuidFeature(item.Name.Value, scope.Doc(item), Where(item), CpuidPlace.Encode(item)))
                .ToEquatable();
            all.AddRange(features);
            if (!resolver.IsOwn)
                continue;
            var className = resolver.Names.ClassName(scope, "CpuidFeatures", features.Select(static f => f.Name));
            scope.Units.Add(new CpuidUnit(resolver.Names.Target(scope, className), className, features));
        }
        if (!resolver.IsOwn && all.Count > 0)
            resolver.AddShared(new CpuidUnit(resolver.Names.SharedTarget(SpecKind.Cpuid, EnumName), null, all.ToEquatable()));
    }

    private static string Where(CpuidFeatureItem item)
    {
        var subleaf = item.Subleaf == 0 ? "" : $", subleaf {item.Subleaf}";
        return $"leaf 0x{item.Leaf.Value:X}{subleaf}, {item.Register.ToString().ToUpperInvariant()} bit {item.Bit}";
    }
}
