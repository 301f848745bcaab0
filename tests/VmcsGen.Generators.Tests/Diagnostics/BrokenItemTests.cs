using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using CsCheck;
using Microsoft.CodeAnalysis;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Names;
using VmcsGen.Generators.Specs;
using VmcsGen.Generators.Tests.Properties;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Diagnostics;

/// <summary>
/// An item with a mistake is not emitted. A project may make each diagnostic a warning or nothing at all, and then what is emitted is used:
/// the generator does not know of severities, and these tests look at its sources alone.
/// </summary>
public partial class BrokenItemTests
{
    private const ulong Seed = 20260312;
    private const int Mutations = 1500;

    public static TheoryData<string> Cases => DiagnosticTests.Names;

    [Theory]
    [MemberData(nameof(Cases))]
    public void Item_with_a_mistake_is_in_no_source(string name)
    {
        var mistake = DiagnosticTests.All.Single(c => c.Name == name);
        if (mistake.Severity == DiagnosticSeverity.Error)
            AssertNotEmitted([mistake.Spec, .. DiagnosticTests.Bystanders]);
    }

    [Theory]
    [InlineData("structs: [{ name: acme_a, size: 8, members: [{ name: b, type: '__u8[ACME_B]' }] }]", "kvm-structs")]
    [InlineData(
        "ioctls: [{ name: ACME_A, number: 1, direction: none, descriptor: SafeFileHandle, capability: ACME_B, request: 1 }]",
        "kvm-ioctls",
        "VMCS0023"
    )]
    [InlineData("groups: [{ name: AcmeFirsts, form: constants, values: [{ name: ACME_A, value: 1 + ACME_B }] }]", "kvm-constants")]
    [InlineData("groups: [{ name: AcmeFirsts, form: constants, values: [{ name: ACME_B, value: ACME_B }] }]", "kvm-constants")]
    public void Constant_with_a_mistake_is_named_once(string items, string kind, params string[] own)
    {
        foreach (var value in new[] { "1 +", "010", "[]", "0x1FFFFFFFF", "-1" })
        {
            var run = GeneratorRun.Of(
                new SpecText(
                    "b.yaml",
                    $"kind: kvm-constants\ngroups: [{{ name: AcmeSeconds, form: constants, values: [{{ name: ACME_B, value: {value} }}] }}]\n"
                ),
                new SpecText("a.yaml", $"kind: {kind}\n{items}\n")
            );
            Assert.Single(run.Diagnostics, static d => d.Location.GetLineSpan().Path == "b.yaml");
            Assert.Equal(own, run.Diagnostics.Where(static d => d.Location.GetLineSpan().Path == "a.yaml").Select(static d => d.Id));
            Assert.Empty(run.Sources);
        }
    }

    [Fact]
    public void Item_with_a_mistake_is_in_no_source_of_mutated_specs()
    {
        var random = new PCG(1, Seed);
        for (var i = 0; i < Mutations; i++)
        {
            var spec = (random.Next(2) == 0 ? SpecMutations.Reworded : SpecMutations.Spoilt).Generate(random, null, out _);
            AssertNotEmitted([.. SpecSamples.All.Select(s => s.Path == spec.Path ? spec : s)]);
        }
    }

    private static void AssertNotEmitted(SpecText[] specs)
    {
        var run = GeneratorRun.Of(specs);
        foreach (var file in run.Diagnostics.GroupBy(static d => d.Location.GetLineSpan().Path))
        {
            var text = specs.Single(s => s.Path == file.Key).Text;
            var items = ItemsOf(text).ToArray();
            foreach (var diagnostic in file.Where(static d => d.Severity == DiagnosticSeverity.Error))
            {
                var at = diagnostic.Location.SourceSpan.Start;
                var broken = items.LastOrDefault(item => item.Start <= at);
                // Of two items of one name, the first has it. Of what cannot be read, the name cannot be read either: the last item that
                // can need not be the one in which reading ends.
                if (
                    IsSyntax(diagnostic)
                    || (broken == items.LastOrDefault() && file.Any(IsSyntax))
                    || broken.Name is not { Length: > 1 } name
                    || items.Count(item => item.Name is { } other && CSharpNames.Pascal(other) == CSharpNames.Pascal(name)) > 1
                )
                    continue;
                foreach (var source in run.Sources)
                {
                    var declared = Declaration().Matches(source.Text).Select(static m => m.Groups[1].Value + m.Groups[2].Value);
                    Assert.False(
                        declared.Any(d => d == name || d == CSharpNames.Pascal(name)),
                        $"{source.Hint} declares {name}, of which was said: {diagnostic}\n{text}"
                    );
                }
            }
        }
    }

    // What stands before such a mistake is whole, and what follows is not seen.
    private static bool IsSyntax(Diagnostic diagnostic) =>
        diagnostic.Id == "VMCS0001"
        || (
            diagnostic.Id == "VMCS0002"
            && diagnostic.GetMessage(CultureInfo.InvariantCulture) is var message
            && (message.Contains("second document", StringComparison.Ordinal) || message.Contains("nesting", StringComparison.Ordinal))
        );

    // The items of a file, with their places and names.
    private static IEnumerable<(int Start, string? Name)> ItemsOf(string text)
    {
        var document = SpecParser.Parse(text, new ErrorList());
        foreach (var list in document.Root?.Entries.Select(static e => e.Value).OfType<SpecList>() ?? [])
        {
            foreach (var item in list.Items)
            {
                var name = (item as SpecMap)?.Entries.Find(static e => e.Key.Text is "name").Value as SpecScalar;
                yield return (document.Positions[item.At].Start, name?.Text);
            }
        }
    }

    [GeneratedRegex(@"\b(?:struct|class|enum|const (?:VmcsField|CpuidFeature)) (\w+)|const uint (KVM_\w+)")]
    private static partial Regex Declaration();
}
