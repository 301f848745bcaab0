using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using VmcsGen.Generators.Model;

namespace VmcsGen.Tool.Specs;

/// <summary>The specs of VmcsGen itself, which lie in this program.</summary>
internal static class BuiltInSpecs
{
    private const string Prefix = "spec/";

    /// <summary>Their groups: each is a folder.</summary>
    public static IReadOnlyList<string> Groups { get; } = ["kvm", "vmx", "x86"];

    /// <summary>Whether a file is one of a group.</summary>
    public static bool IsOf(string group, SpecFile file) => file.Path.StartsWith($"{Prefix}{group}/", StringComparison.Ordinal);

    /// <summary>Reads those whose paths begin with one of some folders: <c>spec/kvm/</c>.</summary>
    /// <param name="folders">The folders; none for all.</param>
    public static IEnumerable<SpecFile> Read(params string[] folders) =>
        typeof(BuiltInSpecs)
            .Assembly.GetManifestResourceNames()
            .Where(name =>
                name.StartsWith(Prefix, StringComparison.Ordinal)
                && (folders.Length == 0 || Array.Exists(folders, folder => name.StartsWith(folder, StringComparison.Ordinal)))
            )
            .Order(StringComparer.Ordinal)
            .Select(static name => SpecReader.Read(name, TextOf(name)).File);

    /// <summary>Whether a file of a user is one of these, in VmcsGen's repository: <c>…/spec/kvm/structs/vcpu.yaml</c>.</summary>
    public static bool Has(string path)
    {
        var full = Path.GetFullPath(path).Replace('\\', '/');
        return Array.Exists(typeof(BuiltInSpecs).Assembly.GetManifestResourceNames(), name => IsAt(full, name));
    }

    /// <summary>Reads those that are not among some files of a user, which may be VmcsGen's own.</summary>
    public static IEnumerable<SpecFile> Beside(IEnumerable<string> paths)
    {
        var full = paths.Select(static path => Path.GetFullPath(path).Replace('\\', '/')).ToArray();
        return Read().Where(file => !Array.Exists(full, path => IsAt(path, file.Path)));
    }

    private static bool IsAt(string path, string name) =>
        name.StartsWith(Prefix, StringComparison.Ordinal) && path.EndsWith($"/{name}", StringComparison.Ordinal);

    private static string TextOf(string name)
    {
        using var stream = typeof(BuiltInSpecs).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
