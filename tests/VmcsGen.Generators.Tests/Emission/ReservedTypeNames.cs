using System;
using System.Linq;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using VmcsGen.Generators.Tests.Properties;
using VmcsGen.Generators.Tests.Testing;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Emission;

/// <summary>A type of a spec never changes what emitted code means by a name: it is refused, or the code does not need the name.</summary>
public partial class ReservedTypeNames
{
    [Fact]
    public void Any_name_in_emitted_code_is_refused_or_harmless_as_that_of_a_type()
    {
        var texts = GeneratorRun.Of([.. SpecSamples.All]).Sources.Select(static s => Comment().Replace(s.Text, "")).ToArray();
        // A second type of a sample's own name is another mistake, with consequences of its own.
        var names = texts
            .SelectMany(static t => Name().Matches(t).Select(static m => m.Value))
            .Except(texts.SelectMany(static t => Declaration().Matches(t).Select(static m => m.Groups[1].Value)))
            .Order(StringComparer.Ordinal)
            .ToArray();
        // The mistakes beyond the first hundred are only counted, so several files share the names.
        var run = GeneratorRun.Of([
            .. SpecSamples.All,
            .. names
                .Chunk(50)
                .Select(
                    static (part, n) =>
                        new SpecText(
                            $"names-{n}.yaml",
                            "kind: enums\nenums:\n"
                                + string.Concat(part.Select(static name => $"  - {{ name: {name}, size: 8, values: [] }}\n"))
                        )
                ),
        ]);
        var refused = run.Diagnostics.Count;
        Assert.All(run.Diagnostics, static d => Assert.Equal("VMCS0009", d.Id));
        Assert.InRange(refused, 20, names.Length - 20);
        var errors = run.Compile(RuntimeAssemblies.References).Errors;
        Assert.True(errors.Count == 0, string.Join('\n', errors.Take(20)));
    }

    [GeneratedRegex(@"\b[A-Z]\w+")]
    private static partial Regex Name();

    [GeneratedRegex(@"\b(?:struct|class|enum) (\w+)")]
    private static partial Regex Declaration();

    [GeneratedRegex(@"//.*|""[^""]*""")]
    private static partial Regex Comment();
}
