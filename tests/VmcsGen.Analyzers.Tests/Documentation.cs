using System;
using System.IO;
using System.Linq;
using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.Diagnostics;
using VmcsGen.CodeFixes;
using Xunit;

namespace VmcsGen.Analyzers.Tests;

public sealed class Documentation
{
    private static readonly DiagnosticDescriptor[] Descriptors =
    [
        .. Instances<DiagnosticAnalyzer>(typeof(RuleIds).Assembly).SelectMany(static analyzer => analyzer.SupportedDiagnostics),
    ];

    private static readonly string[] FixableIds = [.. Instances<CodeFixProvider>(typeof(RawEncodingFix).Assembly).SelectMany(static fix => fix.FixableDiagnosticIds)];

    private static readonly string Text = File.ReadAllText(Path.Combine(
        typeof(Documentation).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(static a => a.Key == "RepositoryRoot").Value!, "docs", "analyzers.md"));

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

    [Fact]
    public void Analyzers_have_no_state()
    {
        var state = typeof(RuleIds).Assembly.GetTypes()
            .Where(static type => type.IsSubclassOf(typeof(DiagnosticAnalyzer)))
            .SelectMany(static type => type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public | BindingFlags.DeclaredOnly))
            .Where(static field => !field.IsInitOnly)
            .Select(static field => $"{field.DeclaringType}.{field.Name}");

        Assert.Empty(state);
    }

    private static T[] Instances<T>(Assembly assembly) =>
        [.. assembly.GetTypes().Where(static type => type.IsSubclassOf(typeof(T)) && !type.IsAbstract).Select(static type => (T)Activator.CreateInstance(type)!)];
}
