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
    private const string KvmNamespace = "VmcsGen.Kvm";
    private const string ProjectType = "a type of the project's C#";

    private readonly EmitOptions _options;
    private readonly string _rootNamespace;
    private readonly Dictionary<HandleQuery, HandleType> _handles;
    private readonly List<FileScope> _files;
    private readonly Composition _composition;
    private readonly List<(FileScope Scope, SpecItem? Item, Symbol Symbol)> _exports = [];
    private readonly HashSet<(SpecKind Kind, string Stem)> _sharedNames;
    private readonly List<EmitUnit> _shared = [];
    private readonly Dictionary<string, int> _hints = [];
    private readonly Dictionary<string, int> _classes = [];
    private readonly Dictionary<SpecItem, List<(FileScope Scope, SpecItem Item)>> _users = new(ReferenceComparer<SpecItem>.Instance);
    private readonly HashSet<string> _namespaces = [];
    private readonly HashSet<string> _projectTypes;
    private readonly bool _hasSeveralNamespaces;
    private FileScope? _current;

    private Resolver(IEnumerable<SpecFile> files, EmitOptions options, Surroundings surroundings, Architecture architecture)
    {
        _options = options;
        Architecture = architecture;
        _rootNamespace = RootNamespace(options, architecture);
        _projectTypes = [.. surroundings.Types];
        _handles = surroundings.Handles.ToDictionary(static type => type.Query);
        Members = surroundings.Members;
        var suggestions = new SuggestionBudget();
        var broken = new HashSet<string>();
        _files = [.. files.Select(file => new FileScope(file, broken, suggestions))];
        broken.UnionWith(_files.SelectMany(static scope => scope.File.Broken));
        _sharedNames =
        [
            .. _files
                .GroupBy(static scope => (scope.File.Kind, CSharpNames.Pascal(scope.File.Stem)))
                .Where(static files => files.Count() > 1)
                .Select(static files => files.Key),
        ];
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
                if (_composition.IsProvided(item.Name.Value, Namespace(scope), item.Fingerprint))
                    scope.LeaveOut(item);
            }
        }
        var namespaces = _files
            .Where(scope => IsOfProject(scope) && scope.File.Items.Count > 0)
            .Select(scope => Namespace(scope))
            .Distinct()
            .ToArray();
        _hasSeveralNamespaces = namespaces.Length > 1;
        _namespaces.UnionWith(namespaces.SelectMany(CSharpNames.Namespaces));
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

    public bool IsOwn => _options.Mode == EmitMode.Own;

    public bool IsRuntime => _options.Mode == EmitMode.Runtime;

    private bool IsFreestanding => _options.Mode == EmitMode.All;

    /// <summary>Whether a file is the project's, and not one of the specs of the package.</summary>
    public bool IsOfProject(FileScope scope) => IsOwn || (IsFreestanding && !scope.File.IsBuiltIn);

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
        if (IsFreestanding)
            RefuseKvm();
        var vmx = new VmxResolver(this);
        var kvm = new KvmResolver(this);
        var ioctls = new IoctlResolver(this, kvm);
        LeaveCopiesOut();
        LeaveSharedOut();
        Constants.Declare();
        vmx.Declare();
        kvm.Declare();
        ioctls.Declare();
        vmx.Check();
        CheckNamespaces();
        DropUsers();
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
        if (IsFreestanding)
        {
            EmitSupport();
            return;
        }
        kvm.EmitFeatures();
        ioctls.Emit();
        // Other projects' specs have no names of other machines.
        if (IsOwn && Architecture.IsX64 && Exports() is { Length: > 0 } table)
            AddShared(new AssemblySymbolsUnit(new("VmcsGenSymbols.g.cs", "", "internal"), ReferencedSpecs.Key, table));
    }

    // Of files that say the same, the one nearest to the project counts.
    private void LeaveCopiesOut()
    {
        var same = _files
            .Where(static scope => scope.File.Items.Count > 0)
            .GroupBy(static scope =>
                (scope.File.Kind, scope.File.Namespace, scope.File.Items.Select(static item => item.Fingerprint).ToEquatable())
            );
        foreach (var files in same.Where(static files => files.Skip(1).Any()))
        {
            var ordered = files
                .OrderBy(static scope => scope.File.Path.Count(static c => c is '/' or '\\'))
                .ThenBy(static scope => scope.File.Path, StringComparer.Ordinal)
                .ToArray();
            foreach (var copy in ordered.Skip(1))
            {
                copy.Errors.Add(SpecError.Of(DiagnosticIds.CopiedFile, 0, ordered[0].File.Path));
                copy.File.Items.ToList().ForEach(copy.LeaveOut);
            }
        }
    }

    // What a file about this machine says counts, and not what one about several says.
    private void LeaveSharedOut()
    {
        if (Architecture.IsX64)
            return;
        var own = new HashSet<(Type, string)>(
            _files
                .Where(static scope => !scope.File.IsShared)
                .SelectMany(static scope => scope.File.Items)
                .Select(static item => (item.GetType(), item.Name.Value))
        );
        foreach (var scope in _files.Where(static scope => scope.File.IsShared))
        {
            foreach (var item in scope.File.Items.Where(item => own.Contains((item.GetType(), item.Name.Value))))
                scope.LeaveOut(item);
        }
    }

    private void EmitSupport()
    {
        foreach (var name in SupportSources.Names)
            AddShared(new SupportUnit(SharedTarget(SpecKind.VmcsFields, name), name));
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

    /// <summary>Says that an item needs another one: it is left out with that.</summary>
    public void Use(FileScope scope, SpecItem item, SpecItem? used)
    {
        if (used is null || used == (object)item)
            return;
        if (!_users.TryGetValue(used, out var users))
            _users.Add(used, users = []);
        users.Add((scope, item));
    }

    // Code would take a part of its own namespace for the type of that name.
    private void CheckNamespaces()
    {
        foreach (var scope in _files.Where(scope => IsOfProject(scope) && scope.File.Items.Count > 0))
        {
            var type = CSharpNames.Namespaces(Namespace(scope)).FirstOrDefault(_projectTypes.Contains);
            var part =
                type
                ?? Array.Find(
                    Namespace(scope).Split('.'),
                    part => ReservedNames.IsNamespace(part) || Symbols.FindCSharpType(part) is not null
                );
            if (part is null)
                continue;
            var by = type is not null ? ProjectType : Symbols.FindCSharpType(part)?.Describe() ?? "a type that generated code uses";
            scope.FailTaken(
                scope.File.Items[0],
                scope.File.NamespaceAt,
                part,
                by,
                scope.File.Namespace is null ? " than the project's root namespace with 'namespace'" : ""
            );
            foreach (var item in scope.File.Items)
                scope.Drop(item);
        }
    }

    private void DropUsers()
    {
        var left = new Queue<SpecItem>(_files.SelectMany(static scope => scope.File.Items.Where(scope.IsDropped)));
        while (left.Count > 0)
        {
            if (!_users.TryGetValue(left.Dequeue(), out var users))
                continue;
            foreach (var (scope, item) in users)
            {
                if (scope.Drop(item))
                    left.Enqueue(item);
            }
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
            IsInternal = Access(scope) == "internal",
            Namespace =
                !Architecture.IsX64 ? null
                : !IsOfProject(scope) ? scope.File.Namespace
                : IsFreestanding || _hasSeveralNamespaces ? Namespace(scope)
                : null,
            Item = item,
        };
        if (symbol.CSharpTypes.FirstOrDefault(static type => !CSharpNames.IsTypeName(type)) is { } keyword)
        {
            scope.Fail(item, DiagnosticIds.InvalidName, item.Name.At, keyword, CSharpNames.TypeNameRule);
            return false;
        }
        if (symbol.CSharpTypes.FirstOrDefault(type => _namespaces.Contains($"{Namespace(scope)}.{type}")) is { } type)
        {
            scope.FailTaken(item, item.Name.At, type, "the namespace of a spec", symbol.HasCSharpName ? " with 'csharp'" : "");
            return false;
        }
        if (symbol.CSharpTypes.FirstOrDefault(type => _projectTypes.Contains($"{Namespace(scope)}.{type}")) is { } own)
        {
            scope.FailTaken(item, item.Name.At, own, ProjectType, symbol.HasCSharpName ? " with 'csharp'" : "");
            return false;
        }
        if (Symbols.TryAdd(symbol))
        {
            Export(scope, item, symbol);
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

    /// <summary>Lets the specs of projects that reference this one know a symbol.</summary>
    public void Export(FileScope scope, SpecItem? item, Symbol symbol)
    {
        if (IsOwn)
            _exports.Add(
                (
                    scope,
                    item,
                    symbol with
                    {
                        Namespace = Namespace(scope),
                        IsInternal = Access(scope) == "internal",
                        Fingerprint = item?.Fingerprint ?? 0,
                    }
                )
            );
    }

    // What was declared and not left out later, with types as code of another assembly names them.
    private string Exports()
    {
        var namespaces = new Dictionary<string, string?>();
        foreach (var (_, _, symbol) in _exports)
        {
            foreach (var type in symbol.CSharpTypes)
                namespaces[type] = symbol.Namespace;
        }
        var symbols = _exports
            .Where(static export => export.Item is null || !export.Scope.IsDropped(export.Item))
            .Select(export =>
                export.Symbol is StructSymbol { FlexibleElement: { } element } symbol && namespaces.TryGetValue(element, out var at)
                    ? symbol with
                    {
                        FlexibleElement = $"global::{at}.{element}",
                    }
                    : export.Symbol
            );
        return SymbolText.Format(symbols.Concat(Constants.Symbols));
    }

    /// <summary>
    /// Uses a type that an item shows. Says whether it may: what others see must not stand on what they do not see.
    /// </summary>
    public bool CanShow(FileScope scope, SpecItem item, Spot<string> type, Symbol symbol)
    {
        Use(scope, item, symbol.Item);
        if (!symbol.IsInternal || Access(scope) != "public")
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

    /// <summary>The C# types that a file's ioctls name.</summary>
    public static IEnumerable<HandleQuery> HandlesOf(SpecFile file, EmitOptions options) =>
        file
            .Items.OfType<IoctlItem>()
            .SelectMany(static item => item.Handles)
            .Select(name => new HandleQuery(name.Value, file.Namespace ?? options.RootNamespace));

    /// <summary>The namespaces that the code of a file may go to.</summary>
    public static IEnumerable<string> NamespacesOf(SpecFile file, EmitOptions options) =>
        options.Mode == EmitMode.Runtime || file.IsBuiltIn
            ? []
            : Machines
                .Of(options)
                .All.Select(machine => (machine.IsX64 ? file.Namespace : null) ?? RootNamespace(options, machine))
                .Where(CSharpNames.IsNamespace);

    /// <summary>A C# type that an ioctl names; null, and the item left out, if it cannot have, or own, a descriptor.</summary>
    /// <param name="scope">The file.</param>
    /// <param name="item">The ioctl.</param>
    /// <param name="name">What the spec calls the type.</param>
    /// <param name="isNew">Whether it is to own a descriptor that the ioctl returns.</param>
    public HandleType? FindHandle(FileScope scope, IoctlItem item, Spot<string> name, bool isNew)
    {
        var query = new HandleQuery(name.Value, Namespace(scope));
        var type = _handles.TryGetValue(query, out var found) ? found : new(query, HandleForm.None);
        var mistake =
            type.Form == HandleForm.None
                ? $"there is no C# type '{name.Value}' that the project's code sees: if it lies elsewhere, write its namespace in front"
            : type.Form == HandleForm.Other ? $"'{name.Value}' is neither a SafeHandle nor an IDescriptorOwner, so it has no descriptor"
            : isNew && type.Form != HandleForm.Handle ? $"'{name.Value}' is no SafeHandle, so it cannot own a new descriptor"
            : isNew && !type.IsCreatable ? $"'{name.Value}' has no constructor without parameters that the project's code sees"
            : !type.IsPublic && Access(scope) == "public"
                ? $"'{name.Value}' is internal, and its method would be public: make the type public, or state 'visibility: internal'"
            : null;
        if (mistake is null)
            return type;
        scope.Fail(item, DiagnosticIds.InvalidIoctl, name.At, item.Name.Value, mistake);
        return null;
    }

    public void AddShared(EmitUnit unit) => _shared.Add(unit);

    /// <summary>Where code for an item of a file goes. Hints are unique: a second file of the same name gets a number.</summary>
    public EmitTarget Target(FileScope scope, string name)
    {
        // Not all file systems tell upper and lower case apart.
        var hint = Unique(_hints, name, static name => name.ToUpperInvariant(), static (name, n) => $"{name}.{n}", static _ => false);
        return new(HintOf(hint), Namespace(scope), Access(scope), IsFreestanding, scope.File.Path);
    }

    /// <summary>
    /// A class that is named after a file: what the file's name says already is not said again. Classes are unique: one
    /// whose name is taken gets a number.
    /// </summary>
    /// <param name="scope">The file.</param>
    /// <param name="suffix">What the class is.</param>
    /// <param name="members">Its members, and whatever else in it cannot have its name.</param>
    /// <param name="companion">What a second class is called beyond the name of the first, if there is one.</param>
    public string ClassName(FileScope scope, string suffix, IEnumerable<string> members, string companion = "")
    {
        var stem = FolderOf(scope.File) + CSharpNames.Pascal(scope.File.Stem);
        var said = new[] { suffix, "Fields" }.FirstOrDefault(word =>
            suffix.EndsWith(word, StringComparison.Ordinal) && stem.EndsWith(word, StringComparison.Ordinal) && stem.Length > word.Length
        );
        if (said is not null)
            stem = stem.Substring(0, stem.Length - said.Length);
        return UniqueClass(scope, (CSharpNames.IsIdentifier(stem) ? stem : "_" + stem) + suffix, members, companion);
    }

    // Files of one kind and name in several folders are told apart by the folders, so that none is named anew when another comes.
    private string FolderOf(SpecFile file)
    {
        if (!_sharedNames.Contains((file.Kind, CSharpNames.Pascal(file.Stem))))
            return "";
        var folders = file.Path.Replace('\\', '/').Split('/');
        var project = _options.ProjectDirectory.Replace('\\', '/').TrimEnd('/');
        var isInside = project.Length > 0 && file.Path.Replace('\\', '/').StartsWith(project + "/", StringComparison.Ordinal);
        // Of a file outside of the project, the folders above its own say where this machine has it.
        var first = isInside ? project.Split('/').Length : Math.Max(folders.Length - 2, 0);
        return string.Concat(folders.Skip(first).Take(folders.Length - 1 - first).Select(CSharpNames.Pascal));
    }

    /// <summary>A class of this name, or with a number behind it.</summary>
    public string UniqueClass(FileScope scope, string name, IEnumerable<string> members, string companion = "")
    {
        var taken = new HashSet<string>(members);
        var result = Unique(
            _classes,
            name,
            static name => name,
            static (name, n) => name + n,
            name =>
                taken.Contains(name)
                || IsTaken(name)
                || (companion.Length > 0 && (IsTaken(name + companion) || _classes.ContainsKey(name + companion)))
        );
        Export(scope, null, new ClassSymbol(result));
        if (companion.Length > 0)
        {
            _classes[result + companion] = 1;
            Export(scope, null, new ClassSymbol(result + companion));
        }
        return result;

        bool IsTaken(string type) =>
            ReservedNames.IsType(type)
            || Symbols.FindCSharpType(type) is not null
            || _namespaces.Contains($"{Namespace(scope)}.{type}")
            || _projectTypes.Contains($"{Namespace(scope)}.{type}")
            || _composition.HasClass($"{Namespace(scope)}.{type}");
    }

    // The first of name, name2, name3 … that nobody has. How far counting went is remembered.
    private static string Unique(
        Dictionary<string, int> numbers,
        string name,
        Func<string, string> key,
        Func<string, int, string> numbered,
        Func<string, bool> isTaken
    )
    {
        numbers.TryGetValue(key(name), out var number);
        string result;
        do
        {
            number++;
            result = number == 1 ? name : numbered(name, number);
        } while ((number > 1 && numbers.ContainsKey(key(result))) || isTaken(result));
        numbers[key(result)] = 1;
        numbers[key(name)] = number;
        return result;
    }

    /// <summary>Where code for the items of several built-in files goes.</summary>
    public EmitTarget SharedTarget(SpecKind kind, string name) => new(HintOf(name), BuiltInNamespace(kind), "public", IsFreestanding);

    private string HintOf(string name) => Architecture.IsX64 ? $"{name}.g.cs" : $"{Architecture.Namespace}.{name}.g.cs";

    /// <summary>Where what an item's file adds to a built-in type goes: beside the type, and as visible as the file says.</summary>
    public EmitTarget PartTarget(FileScope scope, string name) =>
        Target(scope, name) with
        {
            Namespace = BuiltInNamespace(scope.File.Kind),
        };

    // What a file states is for x86-64: the same must not be declared twice.
    private string Namespace(FileScope scope) =>
        (Architecture.IsX64 ? scope.File.Namespace : null) ?? (IsOfProject(scope) ? _rootNamespace : BuiltInNamespace(scope.File.Kind));

    private static string RootNamespace(EmitOptions options, Architecture architecture) =>
        architecture.IsX64 ? options.RootNamespace : $"{options.RootNamespace}.{architecture.Namespace}";

    private string Access(FileScope scope) => scope.File.IsPublic ?? !IsOfProject(scope) ? "public" : "internal";

    private string BuiltInNamespace(SpecKind kind) =>
        !Architecture.IsX64 ? _rootNamespace
        : kind is SpecKind.KvmStructs or SpecKind.KvmIoctls or SpecKind.KvmConstants or SpecKind.Cpuid ? KvmNamespace
        : "VmcsGen.Vmx";
}
