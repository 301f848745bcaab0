using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.Units;

namespace VmcsGen.Generators.Resolve;

/// <summary>Names of emitted files and classes, each of which there is once.</summary>
/// <param name="files">The files that are resolved.</param>
/// <param name="place">Where code goes.</param>
/// <param name="projectDirectory">The project's folder.</param>
/// <param name="symbols">What specs declare.</param>
/// <param name="taken">What the project's code has.</param>
/// <param name="composition">What referenced assemblies have.</param>
/// <param name="exports">Is told of the classes.</param>
internal sealed class UnitNames(
    IEnumerable<FileScope> files,
    Placement place,
    string projectDirectory,
    SymbolTable symbols,
    TakenNames taken,
    Composition composition,
    ExportedSymbols exports
)
{
    private readonly HashSet<(SpecKind Kind, string Stem)> _sharedNames =
    [
        .. files
            .GroupBy(static scope => (scope.File.Kind, CSharpNames.Pascal(scope.File.Stem)))
            .Where(static files => files.Count() > 1)
            .Select(static files => files.Key),
    ];

    private readonly Dictionary<string, int> _hints = [];
    private readonly Dictionary<string, int> _classes = [];

    /// <summary>Where code for an item of a file goes. Hints are unique: a second file of the same name gets a number.</summary>
    public EmitTarget Target(FileScope scope, string name)
    {
        // Not all file systems tell upper and lower case apart.
        var hint = Unique(_hints, name, static name => name.ToUpperInvariant(), static (name, n) => $"{name}.{n}", static _ => false);
        return new(place.HintOf(hint), place.Namespace(scope), place.Access(scope), place.IsFreestanding, scope.File.Path);
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
        var project = projectDirectory.Replace('\\', '/').TrimEnd('/');
        var isInside = project.Length > 0 && file.Path.Replace('\\', '/').StartsWith(project + "/", StringComparison.Ordinal);
        // Of a file outside of the project, the folders above its own say where this machine has it.
        var first = isInside ? project.Split('/').Length : Math.Max(folders.Length - 2, 0);
        return string.Concat(folders.Skip(first).Take(folders.Length - 1 - first).Select(CSharpNames.Pascal));
    }

    /// <summary>A class of this name, or with a number behind it.</summary>
    public string UniqueClass(FileScope scope, string name, IEnumerable<string> members, string companion = "")
    {
        var own = new HashSet<string>(members);
        var result = Unique(
            _classes,
            name,
            static name => name,
            static (name, n) => name + n,
            name =>
                own.Contains(name)
                || IsTaken(name)
                || (companion.Length > 0 && (IsTaken(name + companion) || _classes.ContainsKey(name + companion)))
        );
        exports.Add(scope, null, new ClassSymbol(result));
        if (companion.Length > 0)
        {
            _classes[result + companion] = 1;
            exports.Add(scope, null, new ClassSymbol(result + companion));
        }
        return result;

        bool IsTaken(string type) =>
            ReservedNames.IsType(type)
            || symbols.FindCSharpType(type) is not null
            || taken.HasNamespace(scope, type)
            || taken.HasType(scope, type)
            || composition.HasClass($"{place.Namespace(scope)}.{type}");
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
    public EmitTarget SharedTarget(SpecKind kind, string name) =>
        new(place.HintOf(name), place.BuiltInNamespace(kind), "public", place.IsFreestanding);

    /// <summary>Where what an item's file adds to a built-in type goes: beside the type, and as visible as the file says.</summary>
    public EmitTarget PartTarget(FileScope scope, string name) =>
        Target(scope, name) with
        {
            Namespace = place.BuiltInNamespace(scope.File.Kind),
        };
}
