using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;

namespace VmcsGen.Oracle.Tests.Support;

/// <summary>The specs of the repository: the built-in ones and those of the samples.</summary>
internal static class Specs
{
    /// <summary>The paths of all specs, from the root of the repository.</summary>
    public static IReadOnlyList<string> Paths { get; } =
    [
        .. new[] { "spec", "samples" }
            .Select(static directory => Path.Combine(Repository.Root, directory))
            .SelectMany(static directory => Directory.EnumerateFiles(directory, "*.y*ml", SearchOption.AllDirectories))
            .Select(Repository.Relative)
            .Where(static path => !path.Contains("/bin/", StringComparison.Ordinal) && !path.Contains("/obj/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal),
    ];

    public static string Text(string path) => File.ReadAllText(Path.Combine(Repository.Root, path));

    public static JsonDocument Read(string path) => JsonDocument.Parse(YamlAsJson.Convert(Text(path)));
}
