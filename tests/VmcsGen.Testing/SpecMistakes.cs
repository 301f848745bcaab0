using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Resolve;
using VmcsGen.Generators.Units;

namespace VmcsGen.Testing;

/// <summary>What the generator has against a spec, without a compiler around it: for tests that ask very often.</summary>
public static class SpecMistakes
{
    /// <summary>The ids of the mistakes in a spec that is a project's only one. A warning is none.</summary>
    public static IReadOnlyList<string> Of(string text)
    {
        var read = SpecReader.Read("acme.vmcs.yaml", text);
        var resolved = Resolver
            .Resolve([read.File], new(EmitMode.Own, GeneratorRun.RootNamespace))
            .Errors.SelectMany(static file => file.Errors);
        return
        [
            .. read
                .Errors.Concat(resolved)
                .Select(static error => error.Id)
                .Where(static id => Descriptors.Get(id).DefaultSeverity == DiagnosticSeverity.Error),
        ];
    }
}
