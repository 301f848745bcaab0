using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.References;
using VmcsGen.Generators.Specs;
using VmcsGen.Generators.Units;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Resolve;

/// <summary>
/// Brings specs together: declares what each file names, checks every reference, and turns items into emit units. An item
/// with a mistake is left out, and with it what needs it; the others still generate.
/// </summary>
internal sealed class Resolver
{
    private readonly EmitOptions _options;
    private readonly Placement _place;
    private readonly List<FileScope> _files;
    private readonly Composition _composition;
    private readonly TakenNames _taken;
    private readonly ExportedSymbols _exports;
    private readonly ItemUses _uses = new();
    private readonly List<EmitUnit> _shared = [];
    private FileScope? _current;

    private Resolver(IEnumerable<SpecFile> files, EmitOptions options, Surroundings surroundings, Architecture architecture)
    {
        _options = options;
        Architecture = architecture;
        _place = new(options, architecture);
        Members = surroundings.Members;
        Handles = new(_place, surroundings.Handles);
        var suggestions = new SuggestionBudget();
        var broken = new HashSet<string>();
        _files = [.. files.Select(file => new FileScope(file, broken, suggestions))];
        broken.UnionWith(_files.SelectMany(static scope => scope.File.Broken));
        Constants = new ConstantTable(this);
        // A project without specs, and with no two referenced assemblies that could contradict each other, has nothing to look up. What is
        // built in is of x86-64.
        var isComposed = IsOwn && architecture.IsX64 && (_files.Count > 0 || surroundings.Assemblies.Count > 1);
        Symbols = new SymbolTable(isComposed ? BuiltInSymbols.All : []);
        _composition = new Composition(Symbols, isComposed ? surroundings : new());
        foreach (var scope in _files)
        {
            foreach (var item in scope.File.Items)
            {
                if (_composition.IsProvided(item.Name.Value, _place.Namespace(scope), item.Fingerprint))
                    scope.LeaveOut(item);
            }
        }
        _taken = new(_files, _place, surroundings.Types);
        _exports = new(_place);
        Names = new(_files, _place, options.ProjectDirectory, Symbols, _taken, _composition, _exports);
    }

    /// <summary>The machine that is resolved for.</summary>
    public Architecture Architecture { get; }

    public SymbolTable Symbols { get; }

    public ConstantTable Constants { get; }

    /// <summary>What the classes that specs extend have already.</summary>
    public ClassMembers Members { get; }

    /// <summary>
    /// Whether a file is about this machine. One about several states the sizes and numbers of x86-64, and has items that others lack.
    /// </summary>
    public bool HasNumbersOf(FileScope scope) => Architecture.IsX64 || !scope.File.IsShared;

    /// <summary>What emitted files and classes are called.</summary>
    public UnitNames Names { get; }

    /// <summary>The types of the descriptors that ioctls name.</summary>
    public DescriptorTypes Handles { get; }

    public bool IsOwn => _place.IsOwn;

    public bool IsRuntime => _place.IsRuntime;

    /// <summary>Whether a file is the project's, and not one of the specs of the package.</summary>
    public bool IsOfProject(FileScope scope) => _place.IsOfProject(scope);

    /// <summary>
    /// Resolves all files. A file on which this fails, which would be a mistake of ours, is reported and left out: it must not
    /// take the others down.
    /// </summary>
    public static Resolution Resolve(IEnumerable<SpecFile> files, EmitOptions options, Surroundings? surroundings = null)
    {
        if (options.OldLanguage is { } language)
            return Resolution.Nothing(files.Any() ? [SpecError.Of(DiagnosticIds.OldLanguage, 0, language)] : []);
        // A file that the project lists twice counts once.
        var all = files.GroupBy(static file => file.Path).Select(static same => same.First()).ToArray();
        var machines = Machines.Of(options);
        if (machines.Mistake is { } mistake)
            return Resolution.Nothing(all.Length > 0 ? [mistake] : []);
        var parts = machines.All.Select(machine =>
            ResolveFor(machine, [.. all.Where(file => file.Holds(machine))], options, surroundings ?? new())
        );
        return Resolution.Join([.. parts, machines.Misfits(all, options)]);
    }

    // Each machine is resolved for as if the project were for it alone: what is said of one is not known of another.
    private static Resolution ResolveFor(Architecture machine, List<SpecFile> left, EmitOptions options, Surroundings surroundings)
    {
        var failures = new List<FileErrors>();
        while (true)
        {
            var resolver = new Resolver(left, options, surroundings, machine);
            try
            {
                resolver.Run();
                return resolver.Result(failures);
            }
            catch (Exception e) when (e is not OperationCanceledException && left.Count > 0)
            {
                var culprit = resolver._current?.File ?? left[0];
                failures.Add(new(culprit.Path, new([SpecError.Internal(e)])));
                left.Remove(culprit);
            }
        }
    }

    private Resolution Result(IEnumerable<FileErrors> failures) =>
        new(
            _files.Where(static f => f.Units.Count > 0).Select(static f => new FileUnits(f.File.Path, f.Units.ToEquatable())).ToEquatable(),
            _shared.ToEquatable(),
            IsOwn && _files.Any(static f => f.Units.Count > 0) ? new([SupportSources.NativeName]) : default,
            failures
                .Concat(
                    _files.Where(static f => f.Errors.Count > 0).Select(static f => new FileErrors(f.File.Path, f.Errors.ToEquatable()))
                )
                .ToEquatable(),
            _composition.Clashes.ToEquatable()
        );

    private void Run()
    {
        if (_place.IsFreestanding)
            RefuseKvm();
        var vmx = new VmxResolver(this);
        var kvm = new KvmResolver(this);
        var ioctls = new IoctlResolver(this, kvm);
        Repetitions.LeaveCopiesOut(_files);
        if (!Architecture.IsX64)
            Repetitions.LeaveSharedOut(_files);
        Constants.Declare();
        vmx.Declare();
        kvm.Declare();
        ioctls.Declare();
        vmx.Check();
        _taken.CheckNamespaces(Symbols);
        _uses.DropUsers(_files);
        if (_options.Mode == EmitMode.Symbols)
        {
            AddShared(
                new SymbolsUnit(
                    new("BuiltInSymbols.g.cs", "VmcsGen.Generators.Resolve", "internal"),
                    SymbolText.Format(Symbols.All.Concat(Constants.Symbols))
                )
            );
            return;
        }
        vmx.Emit();
        kvm.EmitStructs();
        if (_place.IsFreestanding)
        {
            EmitSupport();
            return;
        }
        kvm.EmitFeatures();
        ioctls.Emit();
        // Other projects' specs have no names of other machines.
        if (IsOwn && Architecture.IsX64 && _exports.Format(Constants.Symbols) is { Length: > 0 } table)
            AddShared(new AssemblySymbolsUnit(new("VmcsGenSymbols.g.cs", "", "internal"), ReferencedSpecs.Key, table));
    }

    private void EmitSupport()
    {
        foreach (var name in SupportSources.Names)
            AddShared(new SupportUnit(Names.SharedTarget(SpecKind.VmcsFields, name), name));
    }

    private void RefuseKvm()
    {
        foreach (var (scope, item) in Items<SpecItem>())
        {
            if (scope.File.Kind is SpecKind.KvmIoctls or SpecKind.Cpuid)
                scope.Fail(
                    item,
                    DiagnosticIds.UnfittingSpec,
                    item.Name.At,
                    "VmcsGenEmit=all is for programs without an operating system, which have no ioctls and nobody to show CPUID features to: leave it out"
                );
        }
    }

    /// <summary>The items of one type, each with its file, without those that a previous step left out.</summary>
    public IEnumerable<(FileScope Scope, T Item)> Items<T>()
        where T : SpecItem
    {
        foreach (var scope in _files)
        {
            foreach (var item in scope.File.Items.OfType<T>())
            {
                Enter(scope);
                if (!scope.IsDropped(item))
                    yield return (scope, item);
            }
        }
    }

    /// <summary>Resolves items file by file; files without such items are left out.</summary>
    public IEnumerable<(FileScope Scope, IReadOnlyList<T> Items)> ByFile<T>()
        where T : SpecItem =>
        _files
            .Select(scope => (Enter(scope), (IReadOnlyList<T>)scope.File.Items.OfType<T>().Where(item => !scope.IsDropped(item)).ToList()))
            .Where(static file => file.Item2.Count > 0);

    /// <summary>Says which file is being worked on, should something fail.</summary>
    public FileScope Enter(FileScope scope) => _current = scope;

    /// <summary>Declares a symbol, or reports that its name is taken and leaves the item out.</summary>
    public bool Declare(FileScope scope, SpecItem item, Symbol symbol)
    {
        symbol = symbol with
        {
            File = scope.FileName,
            IsInternal = _place.Access(scope) == "internal",
            Namespace =
                !Architecture.IsX64 ? null
                : !IsOfProject(scope) ? scope.File.Namespace
                : _place.IsFreestanding || _taken.HasSeveralNamespaces ? _place.Namespace(scope)
                : null,
            Item = item,
        };
        if (symbol.CSharpTypes.FirstOrDefault(static type => !CSharpNames.IsTypeName(type)) is { } keyword)
        {
            scope.Fail(item, DiagnosticIds.InvalidName, item.Name.At, keyword, CSharpNames.TypeNameRule);
            return false;
        }
        if (symbol.CSharpTypes.FirstOrDefault(type => _taken.HasNamespace(scope, type)) is { } type)
        {
            scope.FailTaken(item, item.Name.At, type, "the namespace of a spec", symbol.HasCSharpName ? " with 'csharp'" : "");
            return false;
        }
        if (symbol.CSharpTypes.FirstOrDefault(type => _taken.HasType(scope, type)) is { } own)
        {
            scope.FailTaken(item, item.Name.At, own, TakenNames.ProjectType, symbol.HasCSharpName ? " with 'csharp'" : "");
            return false;
        }
        if (Symbols.TryAdd(symbol))
        {
            _exports.Add(scope, item, symbol);
            return true;
        }
        var owner = Symbols.Owner(symbol);
        // A struct is known by its native name, but it is the C# name that may be taken.
        var name = symbol is StructSymbol { CSharp: var csharp } && owner?.Name != symbol.Name ? csharp : symbol.Name;
        scope.FailTaken(
            item,
            item.Name.At,
            name,
            owner?.Describe() ?? "a type that generated code uses",
            symbol.HasCSharpName ? " with 'csharp'" : ""
        );
        return false;
    }

    /// <summary>
    /// Uses a type that an item shows. Says whether it may: what others see must not stand on what they do not see.
    /// </summary>
    public bool CanShow(FileScope scope, SpecItem item, Spot<string> type, Symbol symbol)
    {
        Use(scope, item, symbol.Item);
        if (!symbol.IsInternal || _place.Access(scope) != "public")
            return true;
        scope.Fail(
            item,
            DiagnosticIds.LessVisibleType,
            type.At,
            item.Name.Value.Length > 0 ? item.Name.Value : scope.FileName,
            symbol.Name,
            symbol.File ?? ""
        );
        return false;
    }

    /// <summary>Says that an item needs another one: it is left out with that.</summary>
    public void Use(FileScope scope, SpecItem item, SpecItem? used) => _uses.Add(scope, item, used);

    /// <summary>Lets the specs of projects that reference this one know a symbol.</summary>
    public void Export(FileScope scope, SpecItem? item, Symbol symbol) => _exports.Add(scope, item, symbol);

    public void AddShared(EmitUnit unit) => _shared.Add(unit);
}
