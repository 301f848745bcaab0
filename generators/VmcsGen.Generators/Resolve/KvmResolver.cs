using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Emit;
using VmcsGen.Generators.Layout;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Specs;

namespace VmcsGen.Generators.Resolve;

/// <summary>Resolves the KVM kinds: structs and ioctls. (Groups of constants are enums and resolved with those.)</summary>
internal sealed class KvmResolver(Resolver resolver)
{
    private readonly Dictionary<string, (FileScope Scope, StructItem Item)> _items = [];
    private readonly Dictionary<string, StructShape?> _shapes = [];
    private readonly Dictionary<IoctlItem, uint> _requests = [];

    private SymbolTable Symbols => resolver.Symbols;

    public void Declare()
    {
        foreach (var (scope, item) in resolver.Items<StructItem>().ToArray())
        {
            if (_items.ContainsKey(item.Name.Value) || Symbols.Find(SymbolKind.Struct, item.Name.Value) is not null)
                scope.Fail(item, DiagnosticIds.DuplicateName, item.Name.At, item.Name.Value);
            else
                _items.Add(item.Name.Value, (scope, item));
        }
        foreach (var name in _items.Keys)
            LayOut(name);
        foreach (var (scope, item) in resolver.Items<IoctlItem>().ToArray())
            DeclareIoctl(scope, item);
    }

    public void Emit()
    {
        foreach (var (scope, item) in resolver.Items<StructItem>())
        {
            if (_shapes[item.Name.Value] is { } shape)
                resolver.Add(new StructUnit(resolver.Target(scope, shape.CSharpName), shape with { Doc = scope.Doc(item) }));
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
        var layout = new CLayout(
            spot => FindStruct(scope, spot),
            spot => FindEnum(scope, spot),
            scope.Errors);
        var shape = layout.Compute(item);
        if (shape is not null && shape.Size != item.Size.Value)
        {
            scope.Report(DiagnosticIds.StructSizeMismatch, item.Size.At, name, item.Size.Value, shape.Size);
            shape = null;
        }
        if (shape is not null)
        {
            var symbol = new Symbol(SymbolKind.Struct, name, shape.CSharpName, shape.Size, shape.Align, Type: shape.Flexible?.CountMember is null ? null : shape.Flexible.CSharpElement);
            if (!resolver.Declare(scope, item, symbol))
                shape = null;
        }
        if (shape is null)
            scope.Dropped.Add(item);
        return _shapes[name] = shape;
    }

    private CStructInfo? FindStruct(FileScope scope, Spot<string> spot)
    {
        if (_items.ContainsKey(spot.Value))
        {
            if (LayOut(spot.Value) is { } shape)
                return new(shape.CSharpName, shape.Size, shape.Align);
            scope.Report(DiagnosticIds.UnfittingSpec, spot.At, $"'struct {spot.Value}' has a mistake of its own or contains itself, so this struct cannot be laid out either");
            return null;
        }
        if (Symbols.Find(SymbolKind.Struct, spot.Value) is { } symbol)
            return new(symbol.CSharp, symbol.Size, symbol.Align);
        var candidates = _items.Keys.Concat(Symbols.Names(SymbolKind.Struct));
        scope.Report(DiagnosticIds.UnknownReference, spot.At, "struct", spot.Value, Suggestion.For(spot.Value, candidates));
        return null;
    }

    private (string CSharp, int Size)? FindEnum(FileScope scope, Spot<string> spot)
    {
        if (Symbols.Find(SymbolKind.Enum, spot.Value) is { } symbol)
            return (symbol.CSharp, symbol.Size);
        scope.Report(DiagnosticIds.UnknownReference, spot.At, "enum", spot.Value, Suggestion.For(spot.Value, Symbols.Names(SymbolKind.Enum)));
        return null;
    }

    private void DeclareIoctl(FileScope scope, IoctlItem item)
    {
        var size = 0;
        if (item.Argument is { } argument)
        {
            if (Argument(scope, item, argument) is not { } found)
                return;
            if (item.Takes == IoctlTakes.Value && item.Method == IoctlMethodForm.Generated && CType.Parse(argument.Value) is { IsStruct: true })
            {
                scope.Fail(item, DiagnosticIds.InvalidIoctl, argument.At, item.Name.Value, "a struct cannot be passed by value: state with 'takes' whether the kernel reads it (in), fills it in (out), or both (ref)");
                return;
            }
            size = item.Direction == IoctlDirection.None ? 0 : found.Size;
            if (size > IoctlNumber.MaximumSize)
            {
                scope.Fail(item, DiagnosticIds.InvalidIoctl, argument.At, item.Name.Value, $"its argument has {size} bytes, and a request number holds at most {IoctlNumber.MaximumSize}");
                return;
            }
        }
        var request = IoctlNumber.Encode(item.Direction, item.Number.Value, size);
        _requests[item] = request;
        resolver.Declare(scope, item, new(SymbolKind.Ioctl, item.Name.Value, item.Name.Value, Value: request));
    }

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
            var found = FindStruct(scope, new(type.Element, argument.At));
            if (found is null)
                scope.Dropped.Add(item);
            return found;
        }
        if (CScalar.TryGet(type.Element, out var csharp, out var size))
            return new(csharp, size, size);
        scope.Fail(item, DiagnosticIds.UnknownCType, argument.At, type.Element, Suggestion.For(type.Element, CScalar.Names));
        return null;
    }

    private void EmitIoctls()
    {
        var numbers = new List<IoctlMember>();
        var methods = new List<(IoctlOwner Owner, IoctlMethod Method)>();
        foreach (var file in resolver.Items<IoctlItem>().GroupBy(static i => i.Scope))
        {
            var ownNumbers = file.Select(i => Number(i.Scope, i.Item)).ToArray();
            var ownMethods = file.Where(static i => i.Item.Method == IoctlMethodForm.Generated).SelectMany(i => Methods(i.Scope, i.Item)).ToArray();
            numbers.AddRange(ownNumbers);
            methods.AddRange(ownMethods);
            if (!resolver.IsOwn)
                continue;
            var className = resolver.ClassName(file.Key, "Ioctls");
            resolver.Add(new IoctlNumbersUnit(resolver.Target(file.Key, className), className, ownNumbers.ToEquatable()));
            foreach (var group in ownMethods.GroupBy(static m => m.Owner))
            {
                var extensions = $"{className}On{IoctlOwners.ClassName(group.Key)}";
                resolver.Add(new IoctlMethodsUnit(resolver.Target(file.Key, extensions), group.Key, extensions, className, group.Select(static m => m.Method).ToEquatable()));
            }
        }
        if (resolver.IsOwn || numbers.Count == 0)
            return;
        resolver.Add(new IoctlNumbersUnit(resolver.SharedTarget(SpecKind.KvmIoctls, "KvmIoctl"), "KvmIoctl", numbers.ToEquatable()));
        foreach (var group in methods.GroupBy(static m => m.Owner))
        {
            var target = resolver.SharedTarget(SpecKind.KvmIoctls, $"{IoctlOwners.ClassName(group.Key)}.Ioctls");
            resolver.Add(new IoctlMethodsUnit(target, group.Key, null, "KvmIoctl", group.Select(static m => m.Method).ToEquatable()));
        }
    }

    private IoctlMember Number(FileScope scope, IoctlItem item) => new(item.Name.Value, scope.Doc(item), _requests[item], item.Argument?.Value ?? "none", item.Method != IoctlMethodForm.None, item.Errors);

    private IEnumerable<(IoctlOwner Owner, IoctlMethod Method)> Methods(FileScope scope, IoctlItem item)
    {
        string? type = null;
        string? element = null;
        if (item.Takes != IoctlTakes.Nothing && item.Argument is { } argument)
        {
            var parsed = CType.Parse(argument.Value)!;
            var symbol = parsed.IsStruct ? Symbols.Find(SymbolKind.Struct, parsed.Element) : null;
            CScalar.TryGet(parsed.Element, out var scalar, out _);
            type = symbol?.CSharp ?? scalar;
            element = symbol?.Type;
        }
        var native = item.Name.Value;
        var name = item.CSharpName ?? CSharpNames.Pascal(native, IoctlItem.Prefix);
        var parameter = CSharpNames.Escape(item.Parameter ?? "argument");
        foreach (var owner in item.On)
        {
            yield return (owner.Owner, new(
                name, native, scope.Doc(item), item.Takes, type, element, parameter, item.Returns, item.Errors));
        }
    }
}
