using System.Linq;
using System.Threading;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Diagnostics;

/// <summary>Projects in which specs cannot work: one diagnostic says why, and nothing is generated that would not compile.</summary>
public class EnvironmentTests
{
    private const string Spec = "kind: enums\nenums: [{ name: AcmeMode, size: 8, doc: Modes., values: [] }]\n";

    [Theory]
    [InlineData(LanguageVersion.CSharp13, "13.0")]
    [InlineData(LanguageVersion.CSharp7_3, "7.3")]
    public void Old_language_is_one_diagnostic(LanguageVersion version, string name)
    {
        var run = GeneratorRun.Of(version, new SpecText("a.vmcs.yaml", Spec), new SpecText("b.vmcs.yaml", "kind: enums\nenums: []"));

        var diagnostic = Assert.Single(run.Diagnostics);
        Assert.Equal(
            $"Specs need C# 14, and this project is compiled as C# {name}: remove LangVersion from the project file, and use the .NET 10 SDK",
            diagnostic.GetMessage()
        );
        Assert.Empty(run.Result.GeneratedTrees);
    }

    [Fact]
    public void Old_language_is_no_concern_of_a_project_without_specs() =>
        Assert.Empty(GeneratorRun.Of(LanguageVersion.CSharp13).Diagnostics);

    [Fact]
    public void Missing_file_is_not_called_empty()
    {
        var diagnostic = Assert.Single(GeneratorRun.Of(new MissingText("gone.yaml")).Diagnostics);
        Assert.Equal(("VMCS0051", "gone.yaml"), (diagnostic.Id, diagnostic.Location.GetLineSpan().Path));
    }

    [Fact]
    public void Copy_below_a_folder_is_one_mistake_and_generates_nothing()
    {
        var run = GeneratorRun.Of(
            new SpecText("/p/published/a.vmcs.yaml", Spec.Replace("Modes.", "Old text.")),
            new SpecText("/p/a.vmcs.yaml", Spec)
        );

        var diagnostic = Assert.Single(run.Diagnostics);
        Assert.Equal("/p/published/a.vmcs.yaml", diagnostic.Location.GetLineSpan().Path);
        Assert.Equal(
            "This file says the same as /p/a.vmcs.yaml, and is left out: remove the copy, or keep it out with <VmcsSpec Remove=\"…\" />",
            diagnostic.GetMessage()
        );
        Assert.Equal("AcmeMode.g.cs", Assert.Single(run.Sources).Hint);
    }

    [Fact]
    public void Files_that_differ_are_no_copies() =>
        Assert.Empty(
            GeneratorRun
                .Of(
                    new SpecText("a.vmcs.yaml", "kind: msrs\nmsrs: [{ name: One, index: 1 }]"),
                    new SpecText("x/a.vmcs.yaml", "kind: msrs\nmsrs: [{ name: Two, index: 1 }]"),
                    new SpecText("e.vmcs.yaml", "kind: enums\nenums: []"),
                    new SpecText("x/e.vmcs.yaml", "kind: enums\nenums: []")
                )
                .Diagnostics
        );

    private sealed class MissingText(string path) : SpecText(path, "")
    {
        public override SourceText? GetText(CancellationToken cancellationToken = default) => null;
    }
}
