using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using Microsoft.CodeAnalysis;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Tests.Diagnostics;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Documentation;

/// <summary><c>docs/diagnostics.md</c> is written from the descriptors and the tests' examples, and is up to date.</summary>
public class DiagnosticsPageTests
{
    private const string Introduction = """
        # Diagnostics

        What the generator says about a spec. A mistake is reported at its line and column; the item that has it is left out, and everything
        else is generated. A warning leaves nothing out. This page is written by a test from the generator's own texts: do not edit it.

        A diagnostic that stands in your way can be made a warning in a `.globalconfig` beside the project:

        ```ini
        is_global = true
        dotnet_diagnostic.VMCS0004.severity = warning
        ```

        The sections of an `.editorconfig` are applied by the compiler to C# files only, and a spec is none. What is left out is left out
        whatever the severity.

        The examples belong to a project with these two specs:

        """;

    [Fact]
    public void Page_is_what_the_descriptors_say()
    {
        var path = Path.Combine(RuntimeSources.Root, HelpLinks.Page);
        var page = Page();
        if (Environment.GetEnvironmentVariable(Snapshot.AcceptVariable) == "1")
            File.WriteAllText(path, page);
        var now = File.Exists(path) ? File.ReadAllText(path).ReplaceLineEndings("\n") : "";
        Assert.True(
            page == now,
            $"{HelpLinks.Page} is not up to date: run this test with {Snapshot.AcceptVariable}=1.\n{SnapshotDiff.Describe(now, page)}"
        );
    }

    [Fact]
    public void Every_help_link_leads_to_a_heading_of_the_page()
    {
        var page = Page();
        Assert.All(
            Descriptors.All,
            descriptor =>
            {
                var (file, anchor) = (descriptor.HelpLinkUri.Split('#')[0], descriptor.HelpLinkUri.Split('#')[1]);
                Assert.EndsWith(HelpLinks.Page, file, StringComparison.Ordinal);
                Assert.Contains($"\n## {anchor.ToUpperInvariant()}\n", page, StringComparison.Ordinal);
            }
        );
    }

    [Fact]
    public void Every_diagnostic_says_its_cause_and_its_cure() =>
        Assert.All(
            Descriptors.All,
            static d => Assert.Equal(2, Text(d.Description).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length)
        );

    private static string Page()
    {
        var page = new StringBuilder(Introduction.ReplaceLineEndings("\n"));
        foreach (var spec in DiagnosticTests.Bystanders)
            Block(page, "\n", $"# {Path.GetFileName(spec.Path)}\n{spec.Text}");
        foreach (var descriptor in Descriptors.All)
            Describe(page, descriptor);
        return page.ToString();
    }

    private static void Describe(StringBuilder page, DiagnosticDescriptor descriptor)
    {
        var lines = Text(descriptor.Description).Split('\n');
        page.Append(
            CultureInfo.InvariantCulture,
            $"\n## {descriptor.Id}\n\n**{Text(descriptor.Title)}.** {lines[0]}\n\n**Cure.** {lines[1]}\n"
        );
        var example = Example(descriptor.Id);
        if (example is null)
            return;
        page.Append('\n');
        Block(page, $"<!-- mistake: {descriptor.Id} -->\n", example);
        var said = GeneratorRun.Of([new(DiagnosticCase.Path, example), .. DiagnosticTests.Bystanders]).Diagnostics.Single();
        page.Append(CultureInfo.InvariantCulture, $"\n> {said.GetMessage(CultureInfo.InvariantCulture)}\n");
    }

    private static string? Example(string id) =>
        id switch
        {
            // No text is known that makes the generator fail, and nobody wants to read a hundred mistakes.
            DiagnosticIds.TooManyMistakes or DiagnosticIds.InternalError => null,
            // These are about the project, not about what a spec says.
            DiagnosticIds.ContradictingReferences or DiagnosticIds.MissingFile or DiagnosticIds.CopiedFile or DiagnosticIds.OldLanguage =>
                null,
            DiagnosticIds.LessVisibleType =>
                "kind: vmcs-fields\nvisibility: public\nfields:\n  - { name: AcmeFirst, encoding: 0x4070, type: BystanderFlags, doc: First. }\n",
            _ => DiagnosticTests.All.First(c => c.Id == id && c.Spec.Text.Contains('\n', StringComparison.Ordinal)).Spec.Text,
        };

    private static void Block(StringBuilder page, string mark, string text) =>
        page.Append(CultureInfo.InvariantCulture, $"{mark}```yaml\n{text.ReplaceLineEndings("\n").TrimEnd('\n')}\n```\n");

    private static string Text(LocalizableString text) => text.ToString(CultureInfo.InvariantCulture);
}
