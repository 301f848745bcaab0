using System.Collections.Generic;
using System.IO;
using VmcsGen.Generators.Diagnostics;
using VmcsGen.Generators.Model;
using VmcsGen.Generators.Specs;
using VmcsGen.Generators.Units;

namespace VmcsGen.Generators.Resolve;

/// <summary>One file while it is resolved.</summary>
internal sealed class FileScope(SpecFile file)
{
    public SpecFile File { get; } = file;

    /// <summary>What a message calls the file.</summary>
    public string FileName { get; } = Path.GetFileName(file.Path.Replace('\\', '/'));

    public ErrorList Errors { get; } = new();

    public List<EmitUnit> Units { get; } = [];

    public HashSet<SpecItem> Dropped { get; } = [];

    /// <summary>Reports a mistake.</summary>
    public void Report(string id, int at, params object[] arguments) => Errors.Add(SpecError.Of(id, at, arguments));

    /// <summary>Reports a mistake in a part of a text.</summary>
    public void Report(string id, Spot<string> text, int offset, int length, params object[] arguments) =>
        Errors.Add(SpecError.Of(id, text.At, arguments) with { Part = new(offset, length, text.Value.Length) });

    /// <summary>Reports a mistake and leaves the item out.</summary>
    public void Fail(SpecItem item, string id, int at, params object[] arguments)
    {
        Dropped.Add(item);
        Report(id, at, arguments);
    }

    /// <summary>Reports that a name is taken, and by what, and leaves the item out.</summary>
    public void FailTaken(SpecItem item, int at, string name, string by, string remedy = "")
    {
        Dropped.Add(item);
        ReportTaken(at, name, by, remedy);
    }

    /// <summary>Reports that a name is taken, and by what.</summary>
    public void ReportTaken(int at, string name, string by, string remedy = "") =>
        Report(DiagnosticIds.DuplicateName, at, name, by, remedy);

    /// <summary>Reports that a reference leads nowhere, and leaves the item out.</summary>
    public void FailUnknown(SpecItem item, string what, Spot<string> name, IEnumerable<string> candidates) =>
        Fail(item, DiagnosticIds.UnknownReference, name.At, what, name.Value, Suggest(name.Value, candidates));

    /// <summary>What the author probably meant, as a sentence.</summary>
    public string Suggest(string word, IEnumerable<string> candidates) => Errors.Suggest(word, candidates);

    /// <summary>What is said about an item, with the file's source where the item states none.</summary>
    public ItemDoc Doc(SpecItem item) => item.Doc.See is null ? item.Doc with { See = File.Source } : item.Doc;
}
