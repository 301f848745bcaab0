using System.Collections.Generic;
using System.IO;
using System.Linq;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Specs;
using VmcsGen.Generators.Units;
using VmcsGen.Generators.Values;

namespace VmcsGen.Generators.Resolve;

/// <summary>One file while it is resolved.</summary>
/// <param name="file">The file.</param>
/// <param name="broken">The names of what has a mistake, in whatever file.</param>
/// <param name="suggestions">How many more suggestions may be made, for all files together.</param>
internal sealed class FileScope(SpecFile file, HashSet<string> broken, SuggestionBudget suggestions)
{
    private readonly HashSet<SpecItem> _dropped = new(ReferenceComparer<SpecItem>.Instance);

    public SpecFile File { get; } = file;

    /// <summary>What a message calls the file.</summary>
    public string FileName { get; } = Path.GetFileName(file.Path.Replace('\\', '/'));

    public ErrorList Errors { get; } = new();

    public List<EmitUnit> Units { get; } = [];

    /// <summary>Whether an item was left out. No code is emitted for it.</summary>
    public bool IsDropped(SpecItem item) => _dropped.Contains(item);

    /// <summary>Leaves an item out that is not broken: there is another one that says the same.</summary>
    public void LeaveOut(SpecItem item) => _dropped.Add(item);

    /// <summary>Leaves an item out without a word: what it needs has a mistake, which is reported there.</summary>
    /// <returns>Whether it was not left out before.</returns>
    public bool Drop(SpecItem item)
    {
        if (!_dropped.Add(item))
            return false;
        broken.UnionWith(item.Names);
        return true;
    }

    /// <summary>Says something of what is emitted all the same. Of mistakes, this must not be used.</summary>
    public void Warn(string id, int at, params object[] arguments) => Errors.Add(SpecError.Of(id, at, arguments));

    /// <summary>Reports a mistake in a part of a text and leaves the item out.</summary>
    public void Fail(SpecItem item, string id, Spot<string> text, int offset, int length, params object[] arguments)
    {
        Drop(item);
        Errors.Add(SpecError.Of(id, text.At, arguments) with { Part = new(offset, length, text.Value.Length) });
    }

    /// <summary>Reports a mistake and leaves the item out.</summary>
    public void Fail(SpecItem item, string id, int at, params object[] arguments)
    {
        Drop(item);
        Errors.Add(SpecError.Of(id, at, arguments));
    }

    /// <summary>Reports that a name is taken, and by what, and leaves the item out.</summary>
    public void FailTaken(SpecItem item, int at, string name, string by, string remedy = "") =>
        Fail(item, DiagnosticIds.DuplicateName, at, name, by, remedy);

    /// <summary>Leaves an item out because a reference leads nowhere, which is reported unless it leads to what has a mistake.</summary>
    public void FailUnknown(SpecItem item, string what, Spot<string> name, IEnumerable<string> candidates)
    {
        if (IsBroken(name.Value))
            Drop(item);
        else
            Fail(item, DiagnosticIds.UnknownReference, name.At, what, name.Value, Suggest(name.Value, candidates));
    }

    /// <summary>Whether a name is that of something with a mistake, or a dotted name begins or ends with one.</summary>
    public bool IsBroken(string name) => broken.Contains(name) || (name.IndexOf('.') >= 0 && name.Split('.').Any(broken.Contains));

    /// <summary>What the author probably meant, as a sentence.</summary>
    public string Suggest(string word, IEnumerable<string> candidates) => suggestions.TakeOne() ? Errors.Suggest(word, candidates) : "";

    /// <summary>What is said about an item, with the file's source where the item states none.</summary>
    public ItemDoc Doc(SpecItem item) => item.Doc.See is null ? item.Doc with { See = File.Source } : item.Doc;
}
