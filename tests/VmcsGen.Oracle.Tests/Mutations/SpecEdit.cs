using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Oracle.Tests.Mutations;

/// <summary>
/// A wrong fact: one value changed, or two of the same kind exchanged, so that the spec stays one that the generator takes, whatever
/// else is edited.
/// </summary>
/// <param name="Name">File, items and key.</param>
/// <param name="Key">The key.</param>
/// <param name="Changes">The changes.</param>
/// <param name="IsAlone">
/// Whether other items may no longer fit, so that what the generator makes of it together with others says nothing.
/// </param>
internal sealed record SpecEdit(string Name, string Key, IReadOnlyList<SpecChange> Changes, bool IsAlone = false)
{
    /// <summary>Whether a line of a spec, counted from 1, has a value that is edited, or the name of its item.</summary>
    public bool IsAt(string path, int line) =>
        Changes.Any(change => change.Path == path && (change.Lines.Value == line || change.Lines.Name == line));
}
