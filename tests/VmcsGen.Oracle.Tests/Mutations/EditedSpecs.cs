using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using VmcsGen.Oracle.Tests.Support;
using VmcsGen.Testing;

namespace VmcsGen.Oracle.Tests.Mutations;

/// <summary>The built-in specs with some facts made wrong.</summary>
/// <param name="edits">The edits.</param>
internal sealed class EditedSpecs(IEnumerable<SpecEdit> edits)
{
    private readonly ILookup<string, SpecChange> _changes = edits
        .SelectMany(static edit => edit.Changes)
        .ToLookup(static change => change.Path);

    // What does not change is not generated again.
    private static readonly Lazy<GeneratorRun> Unedited = new(static () =>
        GeneratorRun.Of(
            "runtime",
            [
                .. Specs
                    .Paths.Where(static path => path.StartsWith("spec/", StringComparison.Ordinal))
                    .Select(static path => new SpecText(path, Specs.Text(path))),
            ]
        )
    );

    /// <summary>Runs the generator over them, as for the runtime.</summary>
    public GeneratorRun Generate() => Unedited.Value.WithTexts(_changes.Select(change => (change.Key, Text(change.Key))));

    public JsonElement Read(string path) => JsonDocument.Parse(YamlAsJson.Convert(Text(path))).RootElement;

    private string Text(string path) => SpecChange.Apply(Specs.Text(path), _changes[path]);
}
