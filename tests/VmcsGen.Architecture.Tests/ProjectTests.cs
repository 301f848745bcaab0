using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Xml.Linq;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Architecture.Tests;

public class ProjectTests
{
    private static readonly IReadOnlyDictionary<string, string[]> References = new[] { "generators", "runtime" }
        .SelectMany(static folder =>
            Directory.EnumerateFiles(Path.Combine(RuntimeSources.Root, folder), "*.csproj", SearchOption.AllDirectories)
        )
        .Where(static path => !IsTemplate(path) && !path.Contains("/obj/", StringComparison.Ordinal))
        .ToDictionary(static path => Path.GetFileNameWithoutExtension(path), ReferencesOf);

    [Fact]
    public void Projects_are_those_of_the_rules() => Assert.Equal(Rules.Projects.Keys.Order(), References.Keys.Order());

    [Fact]
    public void No_project_refers_to_one_that_it_may_not() =>
        Assert.Empty(
            References.SelectMany(static project =>
                project.Value.Except(Rules.Projects[project.Key]).Select(to => $"{project.Key} refers to {to}")
            )
        );

    [Fact]
    public void Rules_name_no_reference_that_does_not_occur() =>
        Assert.Empty(
            Rules.Projects.SelectMany(static project =>
                project.Value.Except(References[project.Key]).Select(to => $"{project.Key} does not refer to {to}")
            )
        );

    [Fact]
    public void Projects_refer_to_each_other_in_no_circle() => Assert.Null(Circle.In(References));

    [Fact]
    public void Circle_is_found() =>
        Assert.Equal(
            "A, B",
            Circle.In(
                new Dictionary<string, string[]>
                {
                    ["A"] = ["B"],
                    ["B"] = ["A"],
                    ["C"] = [],
                    ["D"] = ["C"],
                }
            )
        );

    // References that only order the build, as that of the generator to what it generates into, bring no code.
    private static string[] ReferencesOf(string path) =>
        [
            .. XDocument
                .Load(path)
                .Descendants("ProjectReference")
                .Select(static reference => (string)reference.Attribute("Include")!)
                .Select(static include => Path.GetFileNameWithoutExtension(include.Replace('\\', '/')))
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];

    // What `dotnet new` writes is a project of the user's.
    private static bool IsTemplate(string path) =>
        File.Exists(Path.Combine(Path.GetDirectoryName(path)!, ".template.config", "template.json"));
}
