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

/// <summary>Resolves the KVM kinds: structs, ioctls and CPUID features. (Groups of constants are enums and resolved with those.)</summary>
internal sealed class KvmResolver(Resolver resolver)
{
    // Structs are laid out before those that hold them; the stack must not grow with the spec.
    private const int MaximumDepth = 64;

    private readonly Dictionary<string, (FileScope Scope, StructItem Item)> _items = [];
    private readonly Dictionary<string, StructShape?> _shapes = [];
    private readonly HashSet<string> _inProgress = [];
    private readonly Dictionary<SpecItem, uint> _requests = new(ReferenceComparer<SpecItem>.Instance);
    private readonly Dictionary<string, IoctlSymbol> _methods = [];
    private readonly CpuidResolver _cpuid = new(resolver);
    private int _depth;

    private SymbolTable Symbols => resolver.Symbols;

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
        foreach (var ioctl in Symbols.Of<IoctlSymbol>())
            Claim(ioctl);
        foreach (var (scope, item) in resolver.Items<IoctlItem>())
            DeclareIoctl(scope, item);
        _cpuid.Declare();
    }

    public void Emit()
    {
        _cpuid.Emit();
        foreach (var (scope, item) in resolver.Items<StructItem>())
        {
            if (_shapes[item.Name.Value] is { } shape)
                scope.Units.Add(new StructUnit(resolver.Target(scope, shape.CSharpName), shape with { Doc = scope.Doc(item) }));
        }
        EmitIoctls();
    }

    // Lays out a struct and, before it, those that it holds.
    private StructShape? LayOut(string name)
    {
        if (_shapes.TryGetValue(name, out var known))
            return known;
        _shapes[name] = null;
        var (scope, item) = _items[name];
        resolver.Enter(scope);
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
        var layout = new CLayout(spot => FindStruct(scope, item, spot), spot => FindEnum(scope, item, spot), IsStruct, scope.Errors);
        var shape = layout.Compute(item);
        _inProgress.Remove(name);
        _depth--;
        if (shape is not null && shape.Size != item.Size.Value)
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
                shape.Flexible?.CountMember is null ? null : shape.Flexible.CSharpElement
            );
            if (!resolver.Declare(scope, item, symbol))
                shape = null;
        }
        if (shape is null)
            scope.Drop(item);
        return _shapes[name] = shape;
    }

    private bool IsStruct(string name) => _items.ContainsKey(name) || Symbols.Find<StructSymbol>(name) is not null;

    private CStructInfo? FindStruct(FileScope scope, SpecItem item, Spot<string> spot)
    {
        if (_inProgress.Contains(spot.Value))
        {
            scope.Fail(
                item,
                DiagnosticIds.UnfittingSpec,
                spot.At,
                $"'struct {spot.Value}' contains itself: only a pointer to it can stand here"
            );
            return null;
        }
        if (_items.ContainsKey(spot.Value) && LayOut(spot.Value) is null)
        {
            scope.Drop(item);
            return null;
        }
        if (Symbols.Find<StructSymbol>(spot.Value) is { } symbol)
            return resolver.CanShow(scope, item, spot, symbol) ? new(symbol.Reference(symbol.CSharp), symbol.Bytes, symbol.Align) : null;
        scope.FailUnknown(item, "struct", spot, _items.Keys.Concat(Symbols.Names<StructSymbol>()));
        return null;
    }

    private (string CSharp, int Size)? FindEnum(FileScope scope, SpecItem item, Spot<string> spot)
    {
        if (Symbols.Find<EnumSymbol>(spot.Value) is { } symbol)
            return resolver.CanShow(scope, item, spot, symbol) ? (symbol.Reference(symbol.Name), symbol.Bits) : null;
        scope.FailUnknown(item, "enum", spot, Symbols.Names<EnumSymbol>());
        return null;
    }

    private void DeclareIoctl(FileScope scope, IoctlItem item)
    {
        var size = 0;
        if (item.Argument is { } argument)
        {
            if (Argument(scope, item, argument) is not { } found)
                return;
            if (
                item.Takes == IoctlTakes.Value
                && item.Method == IoctlMethodForm.Generated
                && CType.Parse(argument.Value) is { IsStruct: true }
            )
            {
                scope.Fail(
                    item,
                    DiagnosticIds.InvalidIoctl,
                    argument.At,
                    item.Name.Value,
                    "a struct cannot be passed by value: state with 'takes' whether the kernel reads it (in), fills it in (out), or both (ref)"
                );
                return;
            }
            size = item.Direction == IoctlDirection.None ? 0 : found.Size;
            if (size > IoctlNumber.MaximumSize)
            {
                scope.Fail(
                    item,
                    DiagnosticIds.InvalidIoctl,
                    argument.At,
                    item.Name.Value,
                    $"its argument has {size} bytes, and a request number holds at most {IoctlNumber.MaximumSize}"
                );
                return;
            }
        }
        if (ReservedNames.IoctlMembers.Contains(item.Name.Value))
        {
            scope.FailTaken(item, item.Name.At, item.Name.Value, "a member of the class with the request numbers");
            return;
        }
        var request = IoctlNumber.Encode(item.Direction, item.Number.Value, size);
        _requests[item] = request;
        if (resolver.Declare(scope, item, new IoctlSymbol(item.Name.Value, MethodName(item), request, OwnersOf(item).ToEquatable())))
            ClaimMethods(scope, item);
    }

    // Two methods of one name on one class could not be told apart, or the one would hide the other.
    private void ClaimMethods(FileScope scope, IoctlItem item)
    {
        var method = MethodName(item);
        foreach (var owner in OwnersOf(item))
        {
            var by =
                _methods.TryGetValue($"{owner}.{method}", out var other) ? $"{other.Describe()} as a method of {owner}"
                : resolver.IsOwn && resolver.Members.Contains(owner, method) ? $"{owner}.{method}, which would be called in its place"
                : method == owner ? "the class that gets the method"
                : ReservedNames.ClassMembers.Contains(method) ? "a member that every class has"
                : null;
            if (by is null)
                continue;
            scope.FailTaken(item, item.Name.At, method, by, " with 'csharp'");
            return;
        }
        Claim(Symbols.Find<IoctlSymbol>(item.Name.Value)!);
    }

    private void Claim(IoctlSymbol ioctl)
    {
        foreach (var owner in ioctl.Owners)
            _methods[$"{owner}.{ioctl.Method}"] = ioctl;
    }

    private static IEnumerable<string> OwnersOf(IoctlItem item) =>
        item.Method == IoctlMethodForm.None ? [] : item.On.Select(static on => IoctlOwners.ClassName(on.Owner)).Distinct();

    private static string MethodName(IoctlItem item) => item.CSharpName ?? CSharpNames.Pascal(item.Name.Value, IoctlItem.Prefix);

    private CStructInfo? Argument(FileScope scope, IoctlItem item, Spot<string> argument)
    {
        var type = CType.Parse(argument.Value);
        if (type is null || type.Bounds.Count > 0 || type.IsFlexible)
        {
            scope.Fail(item, DiagnosticIds.UnknownCType, argument.At, argument.Value, "");
            return null;
        }
        if (type.IsStruct)
        {
            var found = FindStruct(scope, item, new(type.Element, argument.At));
            if (found is null)
                scope.Drop(item);
            return found;
        }
        if (CScalar.TryGet(type.Element, out var csharp, out var size))
            return new(csharp, size, size);
        scope.Fail(item, DiagnosticIds.UnknownCType, argument.At, type.Element, CScalar.Suggest(type.Element, IsStruct, scope.Errors));
        return null;
    }

    private void EmitIoctls()
    {
        var numbers = new List<IoctlMember>();
        var methods = new List<(IoctlOwner Owner, IoctlMethod Method)>();
        foreach (var (scope, items) in resolver.ByFile<IoctlItem>())
        {
            var ownNumbers = items.Select(item => Number(scope, item)).ToArray();
            var ownMethods = items
                .Where(static item => item.Method == IoctlMethodForm.Generated)
                .SelectMany(item => Methods(scope, item))
                .ToArray();
            numbers.AddRange(ownNumbers);
            methods.AddRange(ownMethods);
            if (!resolver.IsOwn)
                continue;
            var className = resolver.ClassName(
                scope,
                "Ioctls",
                ownNumbers.Select(static n => n.Name).Concat(ownMethods.Select(static m => m.Method.Parameter))
            );
            scope.Units.Add(new IoctlNumbersUnit(resolver.Target(scope, className), className, ownNumbers.ToEquatable()));
            foreach (var group in ownMethods.GroupBy(static m => IoctlOwners.ClassName(m.Owner)))
            {
                var extensions = resolver.UniqueClass(scope, $"{className}On{group.Key}", group.Select(static m => m.Method.Name));
                scope.Units.Add(
                    new IoctlMethodsUnit(
                        resolver.Target(scope, extensions),
                        group.Key,
                        extensions,
                        className,
                        group.Select(static m => m.Method).ToEquatable()
                    )
                );
            }
        }
        if (resolver.IsOwn || numbers.Count == 0)
            return;
        resolver.AddShared(new IoctlNumbersUnit(resolver.SharedTarget(SpecKind.KvmIoctls, "KvmIoctl"), "KvmIoctl", numbers.ToEquatable()));
        foreach (var group in methods.GroupBy(static m => IoctlOwners.ClassName(m.Owner)))
        {
            var target = resolver.SharedTarget(SpecKind.KvmIoctls, $"{group.Key}.Ioctls");
            resolver.AddShared(new IoctlMethodsUnit(target, group.Key, null, "KvmIoctl", group.Select(static m => m.Method).ToEquatable()));
        }
    }

    private IoctlMember Number(FileScope scope, IoctlItem item) =>
        new(
            item.Name.Value,
            scope.Doc(item),
            _requests[item],
            item.Argument?.Value ?? "none",
            item.Method != IoctlMethodForm.None,
            item.Errors
        );

    private IEnumerable<(IoctlOwner Owner, IoctlMethod Method)> Methods(FileScope scope, IoctlItem item)
    {
        string? type = null;
        string? element = null;
        if (item.Takes != IoctlTakes.Nothing && item.Argument is { } argument)
        {
            var parsed = CType.Parse(argument.Value)!;
            var symbol = parsed.IsStruct ? Symbols.Find<StructSymbol>(parsed.Element) : null;
            CScalar.TryGet(parsed.Element, out var scalar, out _);
            type = symbol?.Reference(symbol.CSharp) ?? scalar;
            element = symbol?.FlexibleElement;
        }
        var native = item.Name.Value;
        var name = MethodName(item);
        var parameter = CSharpNames.Escape(item.Parameter ?? "argument");
        foreach (var owner in item.On.Distinct())
        {
            yield return (
                owner.Owner,
                new(name, native, scope.Doc(item), item.Takes, type, element, parameter, item.Returns, item.Prefer, item.Errors)
            );
        }
    }
}
