using System.Collections.Generic;

namespace VmcsGen.Tool.Headers;

/// <summary>A macro without parameters.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Place">Where it is defined.</param>
/// <param name="Body">The words and signs that it stands for.</param>
internal sealed record Macro(string Name, CPlace Place, IReadOnlyList<string> Body);
