using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Abi;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.References;
using VmcsGen.Generators.Specs;
using VmcsGen.Generators.Units;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Resolve;

/// <summary>Resolves ioctls.</summary>
internal sealed class IoctlResolver(Resolver resolver, KvmResolver structs)
{
    private readonly Dictionary<IoctlItem, ResolvedIoctl> _resolved = new(ReferenceComparer<IoctlItem>.Instance);
    private readonly Dictionary<string, IoctlSymbol> _methods = [];
    private readonly Dictionary<(string Owner, uint Request), IoctlSymbol> _numbers = [];

    private const string DefaultParameter = "argument";

    private SymbolTable Symbols => resolver.Symbols;

    public void Declare()
    {
        foreach (var ioctl in Symbols.Of<IoctlSymbol>())
            Claim(ioctl);
        foreach (var (scope, item) in resolver.Items<IoctlItem>())
            DeclareIoctl(scope, item);
    }

    // A name that no error has would never be met, and its text be lost. What is built in is of x86-64.
    private bool AreErrnos(FileScope scope, IoctlItem item)
    {
        if (!resolver.IsOwn || !resolver.Architecture.IsX64)
            return true;
        var unknown = item.Errors.FirstOrDefault(error => resolver.Symbols.Find<ConstantSymbol>(error.Errno.Value) is null);
        if (unknown.Text is null)
            return true;
        scope.FailUnknown(item, "errno", unknown.Errno, resolver.Symbols.Names<ConstantSymbol>().Where(IsErrno));
        return false;
    }

    private static bool IsErrno(string name) => name[0] == 'E' && name.IndexOf('_') < 0;

    private void DeclareIoctl(FileScope scope, IoctlItem item)
    {
        if (!AreErrnos(scope, item))
            return;
        var size = 0;
        // An argument that is not in the number may be one that another machine lacks.
        if (item.Argument is { } argument && (item.Direction != IoctlDirection.None || resolver.HasNumbersOf(scope)))
        {
            if (Argument(scope, item, argument) is not { } found)
                return;
            if (
                item.Takes == IoctlTakes.Value
                && item.Method == IoctlMethodForm.Generated
                && CType.Parse(argument.Value) is { } passed
                && CScalar.Find(passed) is not { Sort: CScalarSort.Integer or CScalarSort.Pointer, Size: <= 8 }
            )
            {
                scope.Fail(
                    item,
                    DiagnosticIds.InvalidIoctl,
                    argument.At,
                    item.Name.Value,
                    "only an integer can be passed by value: state with 'takes' whether the kernel reads it (in), fills it in (out), or both (ref)"
                );
                return;
            }
            size = item.Direction == IoctlDirection.None ? 0 : found.Size;
            var largest = IoctlNumber.LargestSize(resolver.Architecture);
            if (size > largest)
            {
                scope.Fail(
                    item,
                    DiagnosticIds.InvalidIoctl,
                    argument.At,
                    item.Name.Value,
                    $"its argument has {size} bytes, and a request number holds at most {largest}"
                );
                return;
            }
        }
        if (ReservedNames.IoctlMembers.Contains(item.Name.Value))
        {
            scope.FailTaken(item, item.Name.At, item.Name.Value, "a member of the class with the request numbers");
            return;
        }
        var owners = OwnersOf(scope, item).ToArray();
        var returned =
            item.Handle is { } handle && resolver.Architecture.IsX64 ? resolver.Handles.Find(scope, item, handle, isNew: true) : null;
        if (scope.IsDropped(item))
            return;
        var request = IoctlNumber.Encode(item.Direction, item.Type, item.Number.Value, size, resolver.Architecture);
        if (item.Request is { } stated && stated.Value != request && resolver.HasNumbersOf(scope))
        {
            var differences = string.Join(", ", IoctlNumber.Differences((uint)stated.Value, request));
            var cure = IoctlNumber.IsPlain(stated.Value)
                ? "; a plain number tells neither direction nor size: state 'direction: none', and with 'takes' how the argument passes"
                : "";
            scope.Fail(
                item,
                DiagnosticIds.InvalidIoctl,
                stated.At,
                item.Name.Value,
                $"the request number 0x{stated.Value:X8} says {differences}: direction, type, number and argument as stated make 0x{request:X8}{cure}"
            );
            return;
        }
        structs.CheckCapability(scope, item.Capability);
        _resolved[item] = new(request, owners, returned?.Reference);
        var symbol = new IoctlSymbol(item.Name.Value, MethodName(item), request, owners.Select(static o => o.Class).ToEquatable());
        if (!resolver.Declare(scope, item, symbol))
            return;
        var same = owners.Select(owner => _numbers.TryGetValue((owner.Class, request), out var other) ? other : null);
        var first = same.FirstOrDefault(static other => other is not null);
        if (ClaimMethods(scope, item) && first is not null)
            scope.Warn(DiagnosticIds.DuplicateRequest, item.Number.At, item.Name.Value, $"0x{request:X8}", first.Name);
    }

    // Two methods of one name on one class could not be told apart, or the one would hide the other.
    private bool ClaimMethods(FileScope scope, IoctlItem item)
    {
        var method = MethodName(item);
        foreach (var owner in _resolved[item].Owners)
        {
            var by =
                _methods.TryGetValue($"{owner.Class}.{method}", out var other) ? $"{other.Describe()} as a method of {owner.Name}"
                : HasMember(owner, method) ? $"{owner.Name}.{method}, which would be called in its place"
                : method == owner.Name ? "the class that gets the method"
                : ReservedNames.ClassMembers.Contains(method) ? "a member that every class has"
                : null;
            if (by is null)
                continue;
            scope.FailTaken(item, item.Name.At, method, by, " with 'csharp'");
            return false;
        }
        Claim(Symbols.Find<IoctlSymbol>(item.Name.Value)!);
        return true;
    }

    // The runtime's own methods become members of its classes.
    private bool HasMember(OwnerClass owner, string name) =>
        owner.Type is { } type ? type.Members.Contains(name) : resolver.IsOwn && resolver.Members.Contains(owner.Class, name);

    private void Claim(IoctlSymbol ioctl)
    {
        foreach (var owner in ioctl.Owners)
        {
            _methods[$"{owner}.{ioctl.Method}"] = ioctl;
            _numbers[(owner, ioctl.Request)] = ioctl;
        }
    }

    private IEnumerable<OwnerClass> OwnersOf(FileScope scope, IoctlItem item)
    {
        // The classes are for programs of x86-64.
        if (item.Method == IoctlMethodForm.None || !resolver.Architecture.IsX64)
            yield break;
        var found = new HashSet<string>();
        foreach (var owner in item.On)
        {
            if (OwnerOf(scope, item, owner) is { } type && found.Add(type.Class))
                yield return type;
        }
    }

    private OwnerClass? OwnerOf(FileScope scope, IoctlItem item, IoctlOwnerRef owner) =>
        owner.Kvm is { } kvm ? new(IoctlOwners.ClassName(kvm), IoctlOwners.ClassName(kvm), null)
        : resolver.Handles.Find(scope, item, owner.Name, isNew: false) is { } type
            ? new(type.Reference, owner.Name.Value.Substring(owner.Name.Value.LastIndexOf('.') + 1), type)
        : null;

    private static string MethodName(IoctlItem item) => item.CSharpName ?? CSharpNames.Pascal(item.Name.Value, IoctlItem.Prefix);

    private CStructInfo? Argument(FileScope scope, IoctlItem item, Spot<string> argument)
    {
        var type = CType.Parse(argument.Value);
        if (type is null || type.IsArray)
        {
            scope.Fail(item, DiagnosticIds.UnknownCType, argument.At, argument.Value, "");
            return null;
        }
        if (type.IsStruct)
        {
            var found = structs.FindStruct(scope, item, new(type.Element, argument.At), type.Tag == CTag.Union);
            if (found is null)
                scope.Drop(item);
            return found;
        }
        if (CScalar.Find(type) is { } scalar)
            return new(scalar.CSharp, scalar.Size, scalar.Size);
        scope.Fail(
            item,
            DiagnosticIds.UnknownCType,
            argument.At,
            type.Element,
            CScalar.Suggest(type.Element, structs.IsStruct, scope.Errors)
        );
        return null;
    }

    public void Emit()
    {
        var numbers = new List<IoctlMember>();
        var methods = new List<(OwnerClass Owner, IoctlMethod Method)>();
        foreach (var (scope, items) in resolver.ByFile<IoctlItem>())
        {
            var ownNumbers = items.Select(item => Number(scope, item)).ToArray();
            var ownMethods = items
                .Where(item => item.Method == IoctlMethodForm.Generated && resolver.Architecture.IsX64)
                .SelectMany(item => Methods(scope, item))
                .ToArray();
            numbers.AddRange(ownNumbers);
            methods.AddRange(ownMethods);
            if (!resolver.IsOwn)
                continue;
            var className = resolver.Names.ClassName(
                scope,
                "Ioctls",
                // Methods, and their parameters, would hide it.
                [
                    .. ownNumbers.Select(static n => n.Name),
                    .. ownMethods.SelectMany(static m => new[] { m.Method.Name, m.Method.Parameter }),
                ]
            );
            scope.Units.Add(
                new IoctlNumbersUnit(resolver.Names.Target(scope, className), className, IsOwn: true, ownNumbers.ToEquatable())
            );
            foreach (var group in ownMethods.GroupBy(static m => m.Owner))
            {
                var extensions = resolver.Names.UniqueClass(
                    scope,
                    $"{className}On{group.Key.Name}",
                    group.Select(static m => m.Method.Name)
                );
                scope.Units.Add(
                    new IoctlMethodsUnit(
                        resolver.Names.Target(scope, extensions),
                        group.Key.Class,
                        group.Key.Form,
                        extensions,
                        className,
                        group.Select(static m => m.Method).ToEquatable()
                    )
                );
            }
        }
        if (resolver.IsOwn || numbers.Count == 0)
            return;
        resolver.AddShared(
            new IoctlNumbersUnit(
                resolver.Names.SharedTarget(SpecKind.KvmIoctls, "KvmIoctl"),
                "KvmIoctl",
                IsOwn: false,
                numbers.ToEquatable()
            )
        );
        foreach (var group in methods.GroupBy(static m => m.Owner))
        {
            var target = resolver.Names.SharedTarget(SpecKind.KvmIoctls, $"{group.Key.Name}.Ioctls");
            resolver.AddShared(
                new IoctlMethodsUnit(
                    target,
                    group.Key.Class,
                    group.Key.Form,
                    null,
                    "KvmIoctl",
                    group.Select(static m => m.Method).ToEquatable()
                )
            );
        }
    }

    private static EquatableArray<IoctlErrorText> TextsOf(IoctlItem item) =>
        item.Errors.Select(static error => new IoctlErrorText(error.Errno.Value, error.Text)).ToEquatable();

    private IoctlMember Number(FileScope scope, IoctlItem item) =>
        new(
            item.Name.Value,
            scope.Doc(item),
            _resolved[item].Request,
            item.Argument?.Value ?? "none",
            item.Method != IoctlMethodForm.None || !resolver.Architecture.IsX64,
            item.Takes == IoctlTakes.Value ? item.Parameter ?? DefaultParameter : null,
            item.Capability is { } name && resolver.Constants.Find(name.Value) is { } value && value >= 0 && value <= uint.MaxValue
                ? (uint)value
                : null,
            TextsOf(item)
        );

    private IEnumerable<(OwnerClass Owner, IoctlMethod Method)> Methods(FileScope scope, IoctlItem item)
    {
        string? type = null;
        string? element = null;
        if (item.Takes != IoctlTakes.Nothing && item.Argument is { } argument)
        {
            var parsed = CType.Parse(argument.Value)!;
            var symbol = parsed.IsStruct ? Symbols.Find<StructSymbol>(parsed.Element) : null;
            type = symbol?.Reference(symbol.CSharp) ?? CScalar.Find(parsed)!.CSharp;
            element = symbol?.ElementReference;
        }
        var native = item.Name.Value;
        var name = MethodName(item);
        var parameter = CSharpNames.Escape(item.Parameter ?? DefaultParameter);
        var result = item.Returns switch
        {
            IoctlReturns.Nothing => "void",
            IoctlReturns.Value => "int",
            IoctlReturns.Handle => _resolved[item].Returned!,
            _ => "SafeFileHandle",
        };
        foreach (var owner in _resolved[item].Owners)
        {
            yield return (
                owner,
                new(name, native, scope.Doc(item), item.Takes, type, element, parameter, item.Returns, result, item.Prefer, TextsOf(item))
            );
        }
    }

    /// <param name="Request">The request number.</param>
    /// <param name="Owners">The types that have the method.</param>
    /// <param name="Returned">The C# type that the spec names for a new descriptor.</param>
    private sealed record ResolvedIoctl(uint Request, OwnerClass[] Owners, string? Returned);

    /// <summary>A type that has ioctls.</summary>
    /// <param name="Class">As code names it.</param>
    /// <param name="Name">Its name alone.</param>
    /// <param name="Type">What is known of it, if it is none of the runtime's.</param>
    private sealed record OwnerClass(string Class, string Name, HandleType? Type)
    {
        public IoctlOwnerForm Form =>
            Type is null ? IoctlOwnerForm.Kvm
            : Type.Form == HandleForm.Handle ? IoctlOwnerForm.Handle
            : IoctlOwnerForm.Owner;
    }
}
