using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Architecture.Tests;

/// <summary>A class with tests is called after what it tests, with Tests behind it, and its file is called as it is.</summary>
public class TestNameTests
{
    [Fact]
    public void Classes_with_tests_and_their_files_have_names_of_one_habit()
    {
        var classes = Files().SelectMany(static path => ClassesWithTests(path).Select(name => (path, name))).ToArray();

        Assert.True(classes.Length > 200, $"Only {classes.Length} classes were found.");
        Assert.Empty(
            classes
                .Where(static one => !one.name.EndsWith("Tests", StringComparison.Ordinal) || !IsFileOf(one.path, one.name))
                .Select(static one => $"{Path.GetRelativePath(RuntimeSources.Root, one.path)}: {one.name}")
        );
    }

    private static IEnumerable<string> Files() =>
        Directory
            .EnumerateDirectories(Path.Combine(RuntimeSources.Root, "tests"), "*.Tests")
            .SelectMany(static project => Directory.EnumerateFiles(project, "*.cs", SearchOption.AllDirectories))
            .Where(static path =>
                !path.Contains("/obj/", StringComparison.Ordinal)
                && !path.Contains("/bin/", StringComparison.Ordinal)
                && !path.Contains(".verified.", StringComparison.Ordinal)
            );

    private static IEnumerable<string> ClassesWithTests(string path) =>
        CSharpSyntaxTree
            .ParseText(File.ReadAllText(path))
            .GetRoot()
            .DescendantNodes()
            .OfType<ClassDeclarationSyntax>()
            .Where(static one =>
                one.Members.OfType<MethodDeclarationSyntax>()
                    .SelectMany(static method => method.AttributeLists)
                    .SelectMany(static list => list.Attributes)
                    .Any(static attribute => attribute.Name.ToString() is "Fact" or "Theory")
            )
            .Select(static one => one.Identifier.Text);

    // A part of a class has more behind the name: FooTests.Bar.cs.
    private static bool IsFileOf(string path, string name) =>
        Path.GetFileName(path).Equals($"{name}.cs", StringComparison.Ordinal)
        || Path.GetFileName(path).StartsWith($"{name}.", StringComparison.Ordinal);
}
