using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Model;

namespace VmcsGen.Tool.Specs;

/// <summary>Reads spec files that a user names.</summary>
internal static partial class SpecFiles
{
    // What the generator reads of a file at most; the first character beyond it is reported as a mistake.
    private const int MostCharacters = (1 << 20) + 1;

    // Specs are written by hand: a folder with more is another one.
    private const int MostFiles = 10_000;

    /// <summary>
    /// The files that paths stand for: a folder stands for all <c>*.vmcs.yaml</c> below it, and one without any for all <c>*.yaml</c> that
    /// state the kind of a spec, since a project may list specs of other names.
    /// </summary>
    public static IReadOnlyList<string> Find(IEnumerable<string> paths)
    {
        var files = new List<string>();
        foreach (var path in paths)
        {
            if (path.Length == 0)
                throw new InputException("the name of a spec is empty.");
            if (!Directory.Exists(path))
            {
                files.Add(path);
                continue;
            }
            var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true };
            var found = Below("*.vmcs.yaml");
            if (found.Length == 0)
                found = [.. Below("*.yaml").Where(StatesKind)];
            if (found.Length == 0)
                throw new InputException(
                    $"{path}: there is no file *.vmcs.yaml in this folder or below it, nor another *.yaml that states the kind of a spec."
                );
            files.AddRange(found);

            string[] Below(string pattern)
            {
                var some = Directory.EnumerateFiles(path, pattern, options).Take(MostFiles + 1).Order(StringComparer.Ordinal).ToArray();
                return some.Length <= MostFiles
                    ? some
                    : throw new InputException(
                        $"{path}: there are more than {MostFiles} files {pattern} below this folder. Name a part of it."
                    );
            }
        }
        return files;
    }

    private static bool StatesKind(string path) =>
        Kind().Match(TextOf(path)) is { Success: true } kind && SpecReader.KindWords.Contains(kind.Groups["word"].Value);

    /// <summary>Reads a file, mistakes and all.</summary>
    /// <exception cref="InputException">It cannot be read.</exception>
    public static ReadResult Read(string path) => SpecReader.Read(path, TextOf(path));

    private static string TextOf(string path)
    {
        try
        {
            using var reader = new StreamReader(path, Encoding.UTF8);
            var buffer = new char[MostCharacters];
            return new(buffer, 0, reader.ReadBlock(buffer));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: the file cannot be read: {e.Message}");
        }
    }

    /// <summary>Reads files that must have no mistakes, together with those of VmcsGen itself.</summary>
    /// <exception cref="InputException">A file cannot be read or used.</exception>
    public static SpecSet Load(IEnumerable<string> paths)
    {
        var read = Find(paths).Select(Read).ToArray();
        var set = SpecSet.Of([.. BuiltInSpecs.Beside(read.Select(static file => file.Path)), .. read.Select(static file => file.File)]);
        var mistakes = Mistakes(read, set.Resolution).Where(static one => one.Descriptor.DefaultSeverity == Severity).ToArray();
        if (mistakes.Length == 0)
            return set;
        var more = mistakes.Length == 1 ? "" : $" {mistakes.Length - 1} more: 'vmcsgen lint' lists them.";
        throw new InputException(Describe(mistakes[0]) + more);
    }

    /// <summary>The mistakes of files, each at its place.</summary>
    public static IEnumerable<Microsoft.CodeAnalysis.Diagnostic> Mistakes(
        IEnumerable<ReadResult> files,
        VmcsGen.Generators.Resolve.Resolution resolution
    ) =>
        files
            .SelectMany(file =>
                file.Errors.Concat(resolution.ErrorsOf(file.Path))
                    .Select(error => new SpecDiagnostic(error, file.Path, file.Positions[error.At].Of(error.Part)).ToDiagnostic())
            )
            .Concat(resolution.Mistakes.Select(static mistake => new SpecDiagnostic(mistake, "", default).ToDiagnostic()));

    /// <summary>A mistake in a line: <c>file:line:column: error VMCS001: text</c>.</summary>
    public static string Describe(Microsoft.CodeAnalysis.Diagnostic mistake)
    {
        var place = mistake.Location.GetLineSpan();
        var where =
            place.Path.Length == 0 ? "" : $"{place.Path}:{place.StartLinePosition.Line + 1}:{place.StartLinePosition.Character + 1}: ";
        var severity = mistake.Severity == Severity ? "error" : "warning";
        return $"{where}{severity} {mistake.Id}: {mistake.GetMessage(CultureInfo.InvariantCulture)}";
    }

    [GeneratedRegex("^kind:[ \\t]*(?<word>[a-z-]+)[ \\t]*(#.*)?\\r?$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Kind();

    private const Microsoft.CodeAnalysis.DiagnosticSeverity Severity = Microsoft.CodeAnalysis.DiagnosticSeverity.Error;
}
