using System.Collections.Generic;
using BenchmarkDotNet.Attributes;
using Microsoft.CodeAnalysis;
using VmcsGen.Generators.Model;
using VmcsGen.Testing;

namespace VmcsGen.Benchmarks;

/// <summary>The generator over ten specs of some 600 lines: what a build costs, and what an edit costs in an editor.</summary>
[MemoryDiagnoser]
public class GeneratorBenchmarks
{
    private readonly IReadOnlyList<SpecText> _specs = SampleSpecs.Project();
    private SpecProject _project = null!;
    private Compilation[] _edited = [];
    private int _edits;

    /// <summary>The first run.</summary>
    [GlobalSetup]
    public void Prepare()
    {
        _project = new SpecProject(_specs).Warm();
        _edited = [_project.Edited(0), _project.Edited(1)];
    }

    /// <summary>One file: text to model.</summary>
    [Benchmark]
    public object ParseOneSpec() => SpecReader.Read(_specs[0].Path, _specs[0].Text);

    /// <summary>Everything anew.</summary>
    [Benchmark]
    public long Full() => SpecProject.Full(_specs);

    /// <summary>An edit of C#, with which the specs have nothing to do.</summary>
    [Benchmark]
    public void UnrelatedEdit() => _project.Run(_edited[_edits++ & 1]);

    /// <summary>An edit of one spec. The specs that a driver holds are put back afterwards, which is counted too.</summary>
    [Benchmark]
    public void OneChangedSpec() => _project.EditSpec(0, _edits++);
}
