using System;
using System.Collections.Immutable;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Diagnostics;
using VmcsGen.Analyzers.Tests.Testing;
using VmcsGen.CodeFixes;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Analyzers.Tests;

public sealed class Documentation
{
    private static readonly ImmutableArray<DiagnosticAnalyzer> Analyzers = [.. Instances<DiagnosticAnalyzer>(typeof(RuleIds).Assembly)];

    private static readonly DiagnosticDescriptor[] Descriptors =
    [
        .. Analyzers.SelectMany(static analyzer => analyzer.SupportedDiagnostics),
    ];

    private static readonly string[] FixableIds =
    [
        .. Instances<CodeFixProvider>(typeof(RawEncodingFix).Assembly).SelectMany(static fix => fix.FixableDiagnosticIds),
    ];

    private static readonly string Text = File.ReadAllText(
        Path.Combine(
            typeof(Documentation)
                .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
                .Single(static a => a.Key == "RepositoryRoot")
                .Value!,
            "docs",
            "analyzers.md"
        )
    );

    public static TheoryData<string> Ids { get; } =
    [.. typeof(RuleIds).GetFields(BindingFlags.Public | BindingFlags.Static).Select(static id => (string)id.GetRawConstantValue()!)];

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_rule_has_one_analyzer_and_a_section_with_its_title_severity_and_fix(string id)
    {
        var rule = Assert.Single(Descriptors, descriptor => descriptor.Id == id);
        var severity = rule.DefaultSeverity == DiagnosticSeverity.Warning ? "warning" : "suggestion";
        var row = Assert.Single(Text.Split('\n'), line => line.StartsWith($"| [{id}]", StringComparison.Ordinal));

        Assert.Contains($"## {id}\n\n**{rule.Title}.**", Text, StringComparison.Ordinal);
        Assert.Contains($"| {severity} | {(FixableIds.Contains(id) ? "yes " : "")}|", row, StringComparison.Ordinal);
        Assert.EndsWith($"| {rule.Title} |", row, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_rule_has_a_description_and_a_link_to_its_section(string id)
    {
        var rule = Assert.Single(Descriptors, descriptor => descriptor.Id == id);
        var link = rule.HelpLinkUri.Split('#');

        Assert.EndsWith(".", rule.Description.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        Assert.EndsWith("docs/analyzers.md", link[0], StringComparison.Ordinal);
        Assert.Contains($"## {link[1].ToUpperInvariant()}\n\n**{rule.Title}.**", Text, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task The_example_of_a_rule_is_reported_on_the_lines_that_say_so(string id)
    {
        var section = Text[Text.IndexOf($"## {id}\n", StringComparison.Ordinal)..];
        var example = DocumentBlock.Of("docs/analyzers.md", section).First(static block => block.Language == "csharp");
        var expected = example
            .Text.Split('\n')
            .Select(static (line, n) => (line, n))
            .Where(l => l.line.Contains($"// {id}", StringComparison.Ordinal))
            .Select(static l => l.n);
        var compilation = Check.Compile($"class Code\n{{\nvoid Method({example.Given})\n{{\n#line 1\n{example.Text}}}\n}}\n");
        var reported = await compilation.WithAnalyzers(Analyzers).GetAnalyzerDiagnosticsAsync(TestContext.Current.CancellationToken);

        Assert.NotEmpty(expected);
        Assert.Equal(
            expected,
            reported.Where(d => d.Id == id).Select(static d => d.Location.GetMappedLineSpan().StartLinePosition.Line).Order()
        );
    }

    [Fact]
    public void Analyzers_have_no_state()
    {
        var state = typeof(RuleIds)
            .Assembly.GetTypes()
            .Where(static type => type.IsSubclassOf(typeof(DiagnosticAnalyzer)))
            .SelectMany(static type =>
                type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly)
            )
            .Where(static field => !field.IsInitOnly)
            .Select(static field => $"{field.DeclaringType}.{field.Name}");

        Assert.Empty(state);
    }

    private static T[] Instances<T>(Assembly assembly) =>
        [
            .. assembly
                .GetTypes()
                .Where(static type => type.IsSubclassOf(typeof(T)) && !type.IsAbstract)
                .Select(static type => (T)Activator.CreateInstance(type)!),
        ];
}
