using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Oracle.Tests.Support;

namespace VmcsGen.Oracle.Tests.Vmx;

/// <summary>Which C# name a recorded name has: the same words, unless a renaming is listed.</summary>
/// <param name="renamings">Renamings, as in <c>bs=SingleStep bd=DebugRegisterAccess</c>.</param>
internal sealed class CSharpNames(string renamings)
{
    private readonly Dictionary<string, string> _renamings = Words
        .In(renamings)
        .Select(static pair => pair.Split('='))
        .ToDictionary(static pair => pair[0], static pair => pair[1]);

    /// <summary>Renamings that say nothing: the words are the same.</summary>
    public IEnumerable<string> Needless => _renamings.Where(static r => HaveSameWords(r.Key, r.Value)).Select(static r => r.Key);

    /// <summary>Renamings of names that are not recorded.</summary>
    public IEnumerable<string> Unused(IEnumerable<string> recorded) => _renamings.Keys.Except(recorded);

    public bool Match(string recorded, string csharp) =>
        _renamings.TryGetValue(recorded, out var renamed) ? renamed == csharp : HaveSameWords(recorded, csharp);

    private static bool HaveSameWords(string recorded, string csharp) =>
        string.Equals(recorded.Replace("_", "", StringComparison.Ordinal), csharp, StringComparison.OrdinalIgnoreCase);
}
