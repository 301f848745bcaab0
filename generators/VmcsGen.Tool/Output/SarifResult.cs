namespace VmcsGen.Tool.Output;

/// <summary>A kind of finding, as SARIF has it.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Text">What it is, in a sentence.</param>
/// <param name="FullText">What there is to know of it; null if the sentence is all.</param>
/// <param name="Help">The page about it; null if there is none.</param>
internal sealed record SarifRule(string Id, string Text, string? FullText = null, string? Help = null);

/// <summary>Something that was found, as SARIF has it.</summary>
/// <param name="RuleId">The kind of finding.</param>
/// <param name="Level"><c>error</c>, <c>warning</c> or <c>note</c>.</param>
/// <param name="Text">What was found.</param>
/// <param name="Place">Where; null if it is nowhere.</param>
internal sealed record SarifResult(string RuleId, string Level, string Text, SarifPlace? Place);

/// <summary>A place in a file; lines and columns begin with 1.</summary>
/// <param name="Path">The file.</param>
/// <param name="Line">The line.</param>
/// <param name="Columns">The first column, the line of the end, and the column behind it; null for the whole line.</param>
internal sealed record SarifPlace(string Path, int Line, (int Start, int EndLine, int End)? Columns = null);
