using System.Collections.Generic;
using VmcsGen.Tool.Comparison;
using VmcsGen.Tool.SpecTexts;

namespace VmcsGen.Tool.Import;

/// <summary>What came of an import.</summary>
/// <param name="Meaning">The specs after it, and what the compiler makes of them.</param>
/// <param name="Changes">What was changed.</param>
/// <param name="Findings">The specs against the headers, after it.</param>
internal sealed record ImportResult(SpecMeaning Meaning, IReadOnlyList<ImportChange> Changes, IReadOnlyList<SpecFinding> Findings)
{
    /// <summary>The specs.</summary>
    public SpecSet Specs => Meaning.Specs;
}
