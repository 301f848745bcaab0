using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using VmcsGen.Oracle.Tests.Support;
using Xunit;

namespace VmcsGen.Oracle.Tests.Schemas;

/// <summary>The spec files and the schemas that they name.</summary>
public sealed partial class SpecFileTests(ITestOutputHelper output)
{
    [Fact]
    public void The_first_line_of_every_spec_names_the_schema_of_its_kind()
    {
        var differences = new Differences();
        foreach (var path in Specs.Paths)
        {
            var first = FirstLine().Match(Specs.Text(path));
            if (!first.Success)
                differences.Add(path, "the first line names no schema");
            else
                differences.Check(path, "schema", SpecSchemas.PathOf(KindOf(path)), Resolve(path, first.Groups["schema"].Value));
        }
        output.WriteLine($"{Specs.Paths.Count} specs");
        differences.AssertNone(output);
        Assert.InRange(Specs.Paths.Count, 60, int.MaxValue);
    }

    [Fact]
    public void Every_spec_is_valid_by_its_schema()
    {
        List<string> errors = [];
        foreach (var path in Specs.Paths)
            errors.AddRange(SpecSchemas.Validate(KindOf(path), YamlAsJson.Convert(Specs.Text(path))).Select(error => $"{path}: {error}"));
        Listing.AssertEmpty(errors, "schema violations");
    }

    [Fact]
    public void Every_schema_has_a_spec() =>
        Listing.AssertEmpty(SpecSchemas.Kinds.Except(Specs.Paths.Select(KindOf)), "schemas that no spec uses");

    private static string KindOf(string path) => Specs.Read(path).RootElement.GetProperty("kind").GetString()!;

    private static string Resolve(string spec, string schema) =>
        Repository.Relative(Path.GetFullPath(Path.Combine(Repository.Root, Path.GetDirectoryName(spec)!, schema)));

    [GeneratedRegex(@"\A# yaml-language-server: \$schema=(?<schema>\S+)\r?\n")]
    private static partial Regex FirstLine();
}
