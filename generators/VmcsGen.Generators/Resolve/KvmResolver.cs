using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Abi;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.Specs;
using VmcsGen.Generators.Units;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Resolve;

/// <summary>
/// Resolves the KVM kinds but ioctls: structs here, CPUID features by a resolver of their own. (Groups of constants are enums and
/// resolved with those.)
/// </summary>
internal sealed class KvmResolver(Resolver resolver)
{
    // Structs are laid out before those that hold them; the stack must not grow with the spec.
    private const int MaximumDepth = 64;

    private readonly Dictionary<string, (FileScope Scope, StructItem Item)> _items = [];
    private readonly Dictionary<string, StructShape?> _shapes = [];
    private readonly HashSet<string> _inProgress = [];
    private readonly CpuidResolver _cpuid = new(resolver);
    private int _depth;

    private SymbolTable Symbols => resolver.Symbols;

    private ConstantTable Constants => resolver.Constants;

    public void Declare()
    {
        foreach (var (scope, item) in resolver.Items<StructItem>())
        {
            var name = item.Name.Value;
            if (_items.TryGetValue(name, out var other))
                scope.FailTaken(item, item.Name.At, name, $"another struct in {other.Scope.FileName}");
            else if (Symbols.Find<StructSymbol>(name) is { } builtIn)
                scope.FailTaken(item, item.Name.At, name, builtIn.Describe());
            else
                _items.Add(name, (scope, item));
        }
        foreach (var name in _items.Keys)
            LayOut(name);
        _cpuid.Declare();
    }

    public void EmitFeatures() => _cpuid.Emit();

    public void EmitStructs()
    {
        foreach (var (scope, item) in resolver.Items<StructItem>())
        {
            // C# has no empty struct.
            if (_shapes[item.Name.Value] is { } shape && (shape.Members.Count > 0 || shape.Flexible.Count > 0))
                scope.Units.Add(new StructUnit(resolver.Names.Target(scope, shape.CSharpName), shape with { Doc = scope.Doc(item) }));
        }
    }

    // Lays out a struct and, before it, those that it holds.
    private StructShape? LayOut(string name)
    {
        if (_shapes.TryGetValue(name, out var known))
            return known;
        _shapes[name] = null;
        var (scope, item) = _items[name];
        resolver.Enter(scope);
        CheckCapability(scope, item.Capability);
        if (_depth == MaximumDepth)
        {
            scope.Fail(
                item,
                DiagnosticIds.UnfittingSpec,
                item.Name.At,
                $"'struct {name}' is held by structs that hold each other more than {MaximumDepth} deep: simplify them"
            );
            return null;
        }
        _depth++;
        _inProgress.Add(name);
        var shape = new CLayout(new TypeNames(this, scope, item), scope.Errors, resolver.Architecture).Compute(
            item.For(resolver.Architecture)
        );
        _inProgress.Remove(name);
        _depth--;
        if (shape is not null && shape.Size != item.Size.Value && HasNumbersOf(scope))
        {
            scope.Fail(item, DiagnosticIds.StructSizeMismatch, item.Size.At, name, item.Size.Value, shape.Size);
            shape = null;
        }
        if (shape is not null)
        {
            var symbol = new StructSymbol(
                name,
                shape.CSharpName,
                shape.Size,
                shape.Align,
                item.IsUnion,
                shape.Flexible.FirstOrDefault(static f => f.Count is not null)?.CSharpElement
            );
            if (!resolver.Declare(scope, item, symbol))
                shape = null;
        }
        if (shape is null)
            scope.Drop(item);
        return _shapes[name] = shape;
    }

    /// <summary>Warns of a capability that no spec declares.</summary>
    public void CheckCapability(FileScope scope, Spot<string>? capability)
    {
        if (capability is { } name && HasNumbersOf(scope) && !Constants.Has(name.Value) && !scope.IsBroken(name.Value))
            scope.Warn(DiagnosticIds.UnknownCapability, name.At, name.Value, scope.Suggest(name.Value, Constants.Names));
    }

    private bool HasNumbersOf(FileScope scope) => resolver.HasNumbersOf(scope);

    public bool IsStruct(string name) => _items.ContainsKey(name) || Symbols.Find<StructSymbol>(name) is not null;

    public CStructInfo? FindStruct(FileScope scope, SpecItem item, Spot<string> spot, bool isUnion)
    {
        var keyword = isUnion ? "union" : "struct";
        if (_inProgress.Contains(spot.Value))
        {
            scope.Fail(
                item,
                DiagnosticIds.UnfittingSpec,
                spot.At,
                $"'{keyword} {spot.Value}' contains itself: only a pointer to it can stand here"
            );
            return null;
        }
        if (_items.ContainsKey(spot.Value) && LayOut(spot.Value) is null)
        {
            scope.Drop(item);
            return null;
        }
        var symbol = Symbols.Find<StructSymbol>(spot.Value);
        if (symbol is not null && symbol.IsUnion != isUnion)
        {
            var other = symbol.IsUnion ? "union" : "struct";
            scope.Fail(item, DiagnosticIds.UnfittingSpec, spot.At, $"'{spot.Value}' is a {other}: write '{other} {spot.Value}'");
            return null;
        }
        if (symbol is not null)
            return resolver.CanShow(scope, item, spot, symbol) ? new(symbol.Reference(symbol.CSharp), symbol.Bytes, symbol.Align) : null;
        // The machine's headers do not have it, and so not what needs it.
        if (!HasNumbersOf(scope))
            scope.Drop(item);
        else
            scope.FailUnknown(item, keyword, spot, _items.Keys.Concat(Symbols.Names<StructSymbol>()));
        return null;
    }

    private (string CSharp, int Size)? FindEnum(FileScope scope, SpecItem item, Spot<string> spot)
    {
        if (Symbols.Find<EnumSymbol>(spot.Value) is { } symbol)
            return resolver.CanShow(scope, item, spot, symbol) ? (symbol.Reference(symbol.Name), symbol.Bits) : null;
        scope.FailUnknown(item, "enum", spot, Symbols.Names<EnumSymbol>());
        return null;
    }

    // The names that a struct of a file may use.
    private sealed class TypeNames(KvmResolver kvm, FileScope scope, SpecItem item) : ICTypeNames
    {
        public CStructInfo? FindStruct(Spot<string> tag, bool isUnion) => kvm.FindStruct(scope, item, tag, isUnion);

        public (string CSharp, int Bits)? FindEnum(Spot<string> name) => kvm.FindEnum(scope, item, name);

        public bool IsOfOtherMachine(string name) => !kvm.HasNumbersOf(scope) && kvm.Symbols.Find<EnumSymbol>(name) is null;

        public bool IsStruct(string name) => kvm.IsStruct(name);

        public int? Bound(Spot<string> type, CBound bound)
        {
            if (kvm.Constants.Evaluate(scope, item, type, bound.Text, bound.Offset) is not { Value: { } length })
                return null;
            if (length >= 0 && length <= int.MaxValue)
                return (int)length;
            scope.Fail(
                item,
                DiagnosticIds.InvalidExpression,
                type,
                bound.Offset,
                bound.Text.Length,
                bound.Text,
                $"it is {length}, and an array cannot have so many elements"
            );
            return null;
        }
    }
}
