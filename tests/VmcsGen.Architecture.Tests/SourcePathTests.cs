using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Architecture.Tests;

/// <summary>
/// A build of continuous integration (CI=true) writes other paths into assemblies than those of this machine. A test that finds
/// files by the path that it was compiled from fails there, unless its project keeps its paths.
/// </summary>
public class SourcePathTests
{
    private const string Asks = "[Caller" + "FilePath]";

    [Fact]
    public void Tests_that_ask_for_their_source_path_belong_to_projects_that_keep_it()
    {
        var projects = Directory
            .EnumerateFiles(Path.Combine(RuntimeSources.Root, "tests"), "*.csproj", SearchOption.AllDirectories)
            .Where(static project => SourcesOf(project).Any(static path => File.ReadAllText(path).Contains(Asks, StringComparison.Ordinal)))
            .ToArray();

        Assert.NotEmpty(projects);
        // The paths that VmcsGen.Testing asks for are its callers'.
        Assert.Equal(["VmcsGen.Testing"], projects.Where(static project => !Keeps(project)).Select(Path.GetFileNameWithoutExtension));
    }

    private static bool Keeps(string project) =>
        File.ReadAllText(project).Contains("<DeterministicSourcePaths>false</DeterministicSourcePaths>", StringComparison.Ordinal);

    private static IEnumerable<string> SourcesOf(string project) =>
        Directory
            .EnumerateFiles(Path.GetDirectoryName(project)!, "*.cs", SearchOption.AllDirectories)
            .Where(static path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal));
}
