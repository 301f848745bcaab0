using System.Collections.Generic;
using VmcsGen.Tool.Comparison;
using VmcsGen.Tool.Specs;

namespace VmcsGen.Tool.Import;

/// <summary>What came of an import.</summary>
/// <param name="Specs">The specs.</param>
/// <param name="Changes">What was changed.</param>
/// <param name="Findings">The specs against the headers, after it.</param>
internal sealed record ImportResult(SpecSet Specs, IReadOnlyList<ImportChange> Changes, IReadOnlyList<SpecFinding> Findings);
