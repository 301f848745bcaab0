using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using VmcsGen.Tool.Clang;
using VmcsGen.Tool.Comparison;
using VmcsGen.Tool.Headers;
using VmcsGen.Tool.SpecTexts;

namespace VmcsGen.Tool.Import;

/// <summary>
/// Brings a struct of a spec up to that of a header. There is more than one way to do it, because the spec may have members that this
/// header does not have yet: each is tried, the compiler lays out what comes of it, and that with the fewest differences is taken.
/// </summary>
internal sealed class StructMerge
{
    private readonly SpecSet _specs;
    private readonly SpecStruct _item;
    private readonly CRecord _header;
    private readonly HeaderSet _headers;
    private readonly ClangTarget _target;

    /// <param name="specs">The specs.</param>
    /// <param name="header">The header's struct, which the specs have too.</param>
    /// <param name="headers">The headers.</param>
    /// <param name="target">For which machine.</param>
    public StructMerge(SpecSet specs, CRecord header, HeaderSet headers, ClangTarget target)
    {
        _specs = specs;
        _item = specs.Structs[header.Tag];
        _header = header;
        _headers = headers;
        _target = target;
    }

    private SpecFile File => _item.File;

    /// <summary>Does it.</summary>
    /// <returns>The specs with the struct; those that were there if nothing makes it better.</returns>
    public SpecSet Run()
    {
        var layout = Layout(_specs);
        var missing = layout is null ? Leaf.Of(_header) : new RecordComparison(_header, layout).Missing;
        var padding = missing.Where(static leaf => leaf.IsPadding).Select(static leaf => PathInSpec(leaf.Path)).ToHashSet();
        var sequence = new MemberMerge(File.Text, _header, _item, new HashSet<string>()).Edits;
        var padded = new MemberMerge(File.Text, _header, _item, padding).Edits;
        string[] candidates =
        [
            TextEdit.Apply(File.Text, sequence),
            TextEdit.Apply(File.Text, padded),
            WithoutOldPadding(sequence),
            WithoutOldPadding(padded),
            .. UnionMerge.Candidates(File.Text, _header, _item, layout),
        ];
        var best = (Specs: _specs, Score: Score(_specs));
        foreach (var text in candidates.Distinct())
        {
            var specs = _specs.With(File, text);
            if (Score(specs) is { } score && (best.Score is null || score.CompareTo(best.Score.Value) < 0))
                best = (specs, score);
        }
        return WithSize(best.Specs);
    }

    // Without what tells an array.
    private static string PathInSpec(string path) => path.Replace("[].", ".", StringComparison.Ordinal);

    // What was padding has become a member, and is no longer there.
    private string WithoutOldPadding(IReadOnlyList<TextEdit> sequence)
    {
        var names = Leaf.Of(_header).Select(static leaf => leaf.Path[(leaf.Path.LastIndexOf('.') + 1)..]).ToHashSet();
        var old = All(_item.Members).Where(member => member.IsPadding && member.Name.Length > 0 && !names.Contains(member.Name));
        return TextEdit.Apply(File.Text, sequence.Concat(old.Select(member => ListEditing.Remove(File.Text, member.Node))));
    }

    private static IEnumerable<SpecMember> All(IEnumerable<SpecMember> members) =>
        members.SelectMany(static member => All(member.Members).Prepend(member));

    private CRecord? Layout(SpecSet specs) => SpecAsC.Read(specs, specs.Structs[_header.Tag], _headers, _target);

    // Differences first; then a struct that is no larger than it has to be.
    private (int Differences, int Size)? Score(SpecSet specs)
    {
        if (Layout(specs) is not { } record)
            return null;
        return (new RecordComparison(_header, record).Differences.Count, Containers(record).Sum());
    }

    private static IEnumerable<int> Containers(CRecord record) =>
        record.Members.Where(static member => member.Nested is not null).SelectMany(static m => Containers(m.Nested!)).Append(record.Size);

    private SpecSet WithSize(SpecSet specs)
    {
        var item = specs.Structs[_header.Tag];
        if (
            !specs.HasNumbersOf(item.File)
            || Layout(specs) is not { } record
            || (SpecNumber.TryParse(item.Node.Text("size") ?? "", out var size) && size == record.Size)
        )
            return specs;
        var number = record.Size.ToString(CultureInfo.InvariantCulture);
        return specs.With(item.File, TextEdit.Apply(item.File.Text, [ListEditing.Set(item.File.Text, item.Node, "size", number, "name")]));
    }
}
