using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Microsoft.CodeAnalysis;
using VmcsGen.Generators.Tests.Testing;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Documentation;

/// <summary>
/// What README and docs show is right: the specs of a document are one project, and its programs are compiled with what they
/// generate. A failure names the document and the line.
/// </summary>
public class DocumentedCodeTests
{
    private static readonly string Root = RuntimeSources.Root;

    public static TheoryData<string> Documents => [.. Paths];

    private static IEnumerable<string> Paths =>
        Directory
            .EnumerateFiles(Path.Combine(Root, "docs"), "*.md")
            .Prepend(Path.Combine(Root, "README.md"))
            .Select(static path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
            .Order(StringComparer.Ordinal);

    [Theory]
    [MemberData(nameof(Documents))]
    public void Specs_of_a_document_generate_without_a_mistake(string document) =>
        AssertNone(Project(document).Diagnostics.Select(static d => d.ToString()));

    [Theory]
    [MemberData(nameof(Documents))]
    public void Mistakes_of_a_document_are_what_it_says(string document)
    {
        var specs = Specs(document).ToArray();
        foreach (var block in Blocks(document).Where(static b => b.Mistake is not null))
        {
            var run = GeneratorRun.Of([.. specs, new(document, block.TextInPlace)]);
            Assert.True(
                run.Diagnostics.Count == 1 && run.Diagnostics[0].Id == block.Mistake,
                $"{document}({block.Line}): {block.Mistake} was expected, but there is: {string.Join("; ", run.Diagnostics)}"
            );
        }
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Programs_of_a_document_compile(string document)
    {
        var project = Project(document);
        var before = "";
        foreach (var block in Blocks(document).Where(static b => b.Language == "csharp"))
        {
            var place = $"#line {block.Line} \"{document}\"\n{block.Text}";
            // A program lies in the project's root namespace, where the generated types are.
            var implied = project.Sources.Count > 0 ? $"using System;\nusing {GeneratorRun.RootNamespace};\n" : "using System;\n";
            if (block.Given is { } parameters)
            {
                AssertNone(
                    project
                        .CompileProgram(
                            RuntimeAssemblies.References,
                            $"{implied}using VmcsGen.Kvm;\nusing VmcsGen.Kvm.Interop;\nusing VmcsGen.Vmm;\nusing VmcsGen.Vmx;\nusing VmcsGen.Vmx.Creation;\nusing VmcsGen.Vmx.Entry;\nvoid Block({parameters})\n{{\n{place}}}"
                        )
                        .Errors
                );
                continue;
            }
            // Using directives stand in front of everything.
            before = block.Continues ? $"{Usings(place)}{Usings(before)}{Rest(before)}{Rest(place)}" : place;
            AssertNone(project.CompileProgram(RuntimeAssemblies.References, implied + before).Errors);
        }
    }

    [Fact]
    public void Every_block_is_tested_or_no_code()
    {
        var blocks = Paths.SelectMany(Blocks).ToArray();
        AssertNone(
            blocks
                // Diagrams are drawn in the tests of the site.
                .Where(static b => b.Language is not ("yaml" or "csharp" or "" or "xml" or "ini" or "mermaid"))
                .Select(static b => $"{b.Document}({b.Line}): '{b.Language}' is tested by nothing")
        );
        AssertNone(
            blocks
                .Where(static b => b.Mark.Length > 0 && b.Mistake is null && b.Given is null && !b.Continues)
                .Select(static b => $"{b.Document}({b.Line}): '{b.Mark}' is not a mark")
        );
        Assert.InRange(blocks.Count(static b => b.Language == "yaml"), 20, int.MaxValue);
        Assert.InRange(blocks.Count(static b => b.Language == "csharp"), 5, int.MaxValue);
    }

    private static GeneratorRun Project(string document) => GeneratorRun.Of([.. Specs(document)]);

    private static IEnumerable<SpecText> Specs(string document) =>
        Blocks(document)
            .Where(static b => b.Language == "yaml" && b.Mistake is null)
            .Select(b => new SpecText($"{document}/{b.FileName}", b.TextInPlace));

    private static IEnumerable<DocumentBlock> Blocks(string document) =>
        DocumentBlock.Of(document, File.ReadAllText(Path.Combine(Root, document)));

    private static string Usings(string program) => string.Concat(program.Split('\n').Where(IsUsing).Select(static line => line + "\n"));

    private static string Rest(string program) =>
        string.Concat(program.Split('\n').Select(static line => IsUsing(line) ? "\n" : line + "\n"));

    private static bool IsUsing(string line) =>
        line.StartsWith("using ", StringComparison.Ordinal)
        && line.EndsWith(';')
        && !line.Contains('=', StringComparison.Ordinal)
        && !line.Contains('(', StringComparison.Ordinal);

    private static void AssertNone(IEnumerable<string> problems)
    {
        var all = string.Join('\n', problems);
        Assert.True(all.Length == 0, all);
    }
}
