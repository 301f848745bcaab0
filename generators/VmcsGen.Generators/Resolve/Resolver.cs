using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Emit;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Specs;

namespace VmcsGen.Generators.Resolve;

/// <summary>All specs of a compilation, resolved: what to emit, and the mistakes that only show when specs meet.</summary>
internal sealed record Resolution(EquatableArray<EmitUnit> Units, EquatableArray<FileErrors> Errors);

/// <summary>The mistakes in one file.</summary>
internal sealed record FileErrors(string Path, EquatableArray<SpecError> Errors);

/// <summary>
/// Brings specs together: declares what each file names, checks every reference, and turns items into emit units. An item
/// with a mistake is left out; the others still generate.
/// </summary>
internal sealed class Resolver
{
    private const string KvmNamespace = "VmcsGen.Kvm";

    private readonly EmitOptions _options;
    private readonly List<FileScope> _files;
    private readonly List<EmitUnit> _units = [];
    private readonly HashSet<string> _hints = [];
    private readonly HashSet<string> _classes = [];
    private readonly EquatableArray<string> _ownNamespaces;

    private Resolver(IEnumerable<SpecFile> files, EmitOptions options)
    {
        _options = options;
        // A file that the project lists twice counts once.
        _files = files.GroupBy(static file => file.Path).Select(static same => new FileScope(same.First())).ToList();
        Symbols = new SymbolTable(IsOwn && _files.Count > 0 ? BuiltInSymbols.All : []);
        _ownNamespaces = IsOwn ? _files.Select(scope => Namespace(scope.File)).Distinct().OrderBy(static name => name, System.StringComparer.Ordinal).ToEquatable() : default;
    }

    public SymbolTable Symbols { get; }

    public IReadOnlyList<FileScope> Files => _files;

    public bool IsOwn => _options.Mode == EmitMode.Own;

    private bool IsFreestanding => _options.Mode == EmitMode.All;

    public static Resolution Resolve(IEnumerable<SpecFile> files, EmitOptions options)
    {
        var resolver = new Resolver(files, options);
        resolver.Run();
        return new(
            resolver._units.ToEquatable(),
            resolver._files.Where(static f => f.Errors.Count > 0).Select(static f => new FileErrors(f.File.Path, f.Errors.ToEquatable())).ToEquatable());
    }

    private void Run()
    {
        var vmx = new VmxResolver(this);
        var kvm = new KvmResolver(this);
        vmx.Declare();
        kvm.Declare();
        if (_options.Mode == EmitMode.Symbols)
        {
            Add(new SymbolsUnit(new("BuiltInSymbols.g.cs", "VmcsGen.Generators.Resolve", "internal"), BuiltInSymbols.Format(Symbols.All)));
            return;
        }
        vmx.Emit();
        if (IsFreestanding)
            EmitSupport();
        else
            kvm.Emit();
    }

    private void EmitSupport()
    {
        foreach (var name in SupportSources.Names)
            Add(new SupportUnit(SharedTarget(SpecKind.VmcsFields, name), name));
        foreach (var (scope, item) in Items<SpecItem>())
        {
            if (BuiltInNamespace(scope.File.Kind) == KvmNamespace)
                scope.Report(DiagnosticIds.UnfittingSpec, item.Name.At, "VmcsGenEmit=all emits the VMX part alone, for programs without an operating system: leave KVM specs out");
        }
    }

    /// <summary>The items of one type, each with its file, without those that a previous step left out.</summary>
    public IEnumerable<(FileScope Scope, T Item)> Items<T>() where T : SpecItem =>
        _files.SelectMany(static scope => scope.File.Items.OfType<T>().Where(item => !scope.Dropped.Contains(item)).Select(item => (scope, item)));

    /// <summary>Declares a symbol, or reports that its name is taken and leaves the item out.</summary>
    public bool Declare(FileScope scope, SpecItem item, Symbol symbol)
    {
        if (Symbols.TryAdd(symbol))
            return true;
        scope.Fail(item, DiagnosticIds.DuplicateName, item.Name.At, item.Name.Value);
        return false;
    }

    public void Add(EmitUnit unit) => _units.Add(unit);

    /// <summary>Where code for an item of a file goes. Hints are unique: a second file of the same name gets a number.</summary>
    public EmitTarget Target(FileScope scope, string name)
    {
        var hint = $"{name}.g.cs";
        for (var n = 2; !_hints.Add(hint.ToUpperInvariant()); n++)
            hint = $"{name}.{n}.g.cs";
        return new(hint, Namespace(scope.File), Access(scope.File), _ownNamespaces, IsFreestanding);
    }

    /// <summary>A class that is named after a file. Classes are unique: that of a second file of the same name gets a number.</summary>
    public string ClassName(FileScope scope, string suffix)
    {
        var stem = CSharpNames.Pascal(scope.File.Stem);
        var first = (CSharpNames.IsIdentifier(stem) ? stem : "_" + stem) + suffix;
        var name = first;
        for (var n = 2; !_classes.Add(name); n++)
            name = first + n;
        return name;
    }

    /// <summary>Where code for the items of several built-in files goes.</summary>
    public EmitTarget SharedTarget(SpecKind kind, string name) => new($"{name}.g.cs", BuiltInNamespace(kind), "public", default, IsFreestanding);

    private string Namespace(SpecFile file) => file.Namespace ?? (IsOwn ? _options.RootNamespace : BuiltInNamespace(file.Kind));

    private string Access(SpecFile file) => IsOwn && file.IsPublic != true ? "internal" : "public";

    private static string BuiltInNamespace(SpecKind kind) =>
        kind is SpecKind.KvmStructs or SpecKind.KvmIoctls or SpecKind.KvmConstants ? KvmNamespace : "VmcsGen.Vmx";
}

/// <summary>One file while it is resolved.</summary>
internal sealed class FileScope(SpecFile file)
{
    public SpecFile File { get; } = file;

    public List<SpecError> Errors { get; } = [];

    public HashSet<SpecItem> Dropped { get; } = [];

    /// <summary>Reports a mistake.</summary>
    public void Report(string id, int at, params object[] arguments) => Errors.Add(SpecError.Of(id, at, arguments));

    /// <summary>Reports a mistake and leaves the item out.</summary>
    public void Fail(SpecItem item, string id, int at, params object[] arguments)
    {
        Dropped.Add(item);
        Report(id, at, arguments);
    }

    /// <summary>What is said about an item, with the file's source where the item states none.</summary>
    public ItemDoc Doc(SpecItem item) => item.Doc.See is null ? item.Doc with { See = File.Source } : item.Doc;
}
