using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using VmcsGen.Generators;
using VmcsGen.Testing;

namespace VmcsGen.Benchmarks;

/// <summary>A project as an editor holds it: the generator has run, and runs again after each change.</summary>
internal sealed class SpecProject
{
    private static readonly CSharpParseOptions s_options = new(LanguageVersion.Preview);

    private readonly CSharpCompilation _compilation;
    private readonly IReadOnlyList<SpecText> _specs;
    private GeneratorDriver _driver;

    public SpecProject(IReadOnlyList<SpecText> specs)
    {
        _specs = specs;
        _compilation = CSharpCompilation.Create(
            "Acme",
            [Source("// Empty.")],
            [MetadataReference.CreateFromFile(typeof(object).Assembly.Location)]
        );
        _driver = CSharpGeneratorDriver.Create([new VmcsGenerator().AsSourceGenerator()], specs, s_options, new SpecOptions("Acme", null));
    }

    /// <summary>Runs for the first time and returns the number of emitted characters.</summary>
    public static long Full(IReadOnlyList<SpecText> specs)
    {
        var project = new SpecProject(specs);
        project.Run(project._compilation);
        return project.EmittedLength();
    }

    /// <summary>Runs for the first time.</summary>
    public SpecProject Warm()
    {
        Run(_compilation);
        if (EmittedLength() == 0)
            throw new InvalidOperationException("The generator emitted nothing.");
        return this;
    }

    /// <summary>A project whose C# differs, to <see cref="Run"/> on.</summary>
    public Compilation Edited(int number) => _compilation.AddSyntaxTrees(Source($"class Edit{number} {{ }}"));

    /// <summary>Runs after an edit of C#.</summary>
    public void Run(Compilation compilation) => _driver = _driver.RunGenerators(compilation);

    /// <summary>Runs after an edit of one spec: a documentation text in its middle is another.</summary>
    public void EditSpec(int spec, int number)
    {
        var before = _specs[spec];
        var at = before.Text.IndexOf("doc: ", before.Text.Length / 2, StringComparison.Ordinal) + 5;
        var after = new SpecText(before.Path, before.Text.Insert(at, $"Edit {number}. "));
        _driver = _driver.ReplaceAdditionalText(before, after).RunGenerators(_compilation);
        _driver = _driver.ReplaceAdditionalText(after, before);
    }

    private static SyntaxTree Source(string text) => CSharpSyntaxTree.ParseText(text, s_options);

    private long EmittedLength()
    {
        var result = _driver.GetRunResult();
        return result.Diagnostics.IsEmpty
            ? result.Results.Sum(static r => r.GeneratedSources.Sum(static s => (long)s.SourceText.Length))
            : throw new InvalidOperationException(string.Join("\n", result.Diagnostics.Take(3)));
    }
}
