using System.Collections.Generic;
using System.Linq;
using VmcsGen.Tool.SpecTexts;

namespace VmcsGen.Tool.Import;

/// <summary>Edits of several specs.</summary>
internal sealed class SpecEdits
{
    private readonly List<(SpecFile File, TextEdit Edit)> _edits = [];

    /// <summary>Adds one.</summary>
    public void Add(SpecFile file, TextEdit edit) => _edits.Add((file, edit));

    /// <summary>The specs with the edits made.</summary>
    public SpecSet Apply(SpecSet specs) =>
        _edits
            .GroupBy(static edit => edit.File)
            .Aggregate(
                specs,
                static (specs, edits) => specs.With(edits.Key, TextEdit.Apply(edits.Key.Text, edits.Select(static edit => edit.Edit)))
            );
}
