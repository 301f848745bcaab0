using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Tool.Clang;
using VmcsGen.Tool.Headers;
using VmcsGen.Tool.SpecTexts;

namespace VmcsGen.Tool.Comparison;

/// <summary>Specs against headers.</summary>
internal sealed class SpecComparison
{
    private readonly CInterface _header;
    private readonly SpecMeaning _meaning;
    private readonly LeftOut _leftOut;
    private readonly List<SpecFinding> _findings = [];

    private SpecComparison(CInterface header, SpecMeaning meaning, LeftOut leftOut) =>
        (_header, _meaning, _leftOut) = (header, meaning, leftOut);

    /// <summary>Compares.</summary>
    /// <param name="header">What the headers declare.</param>
    /// <param name="headers">Which headers.</param>
    /// <param name="meaning">What the compiler makes of the specs.</param>
    /// <param name="leftOut">What the specs leave out on purpose.</param>
    public static IReadOnlyList<SpecFinding> Compare(CInterface header, HeaderSet headers, SpecMeaning meaning, LeftOut leftOut)
    {
        var comparison = new SpecComparison(header, meaning, leftOut);
        var compared = meaning.Specs.Of(headers).ToHashSet();
        foreach (var problem in meaning.Problems)
            comparison.Add(FindingKind.Refused, problem.Item, problem.Message, problem.File, problem.Node, null);
        comparison.CompareRecords();
        comparison.CompareConstants();
        comparison.CompareIoctls();
        comparison.TellOthers();
        comparison.TellNewer(compared);
        return comparison._findings;
    }

    private void Add(FindingKind kind, string item, string text, SpecFile? file, YamlNode? node, CPlace? place) =>
        _findings.Add(new(kind, item, text, file?.Path, file is null || node is null ? 0 : file.Line(node), place));

    private void AddMissing(string item, string name, CPlace place)
    {
        if (_leftOut.ReasonOf(name) is { } reason)
            Add(FindingKind.LeftOut, item, reason, null, null, place);
        else
            Add(FindingKind.Missing, item, "", null, null, place);
    }

    private void CompareRecords()
    {
        foreach (var record in _header.Records)
        {
            var item = $"{record.Keyword} {record.Tag}";
            if (!_meaning.Specs.Structs.TryGetValue(record.Tag, out var spec))
            {
                AddMissing(item, record.Tag, record.Place);
                continue;
            }
            if (!_meaning.Records.TryGetValue(record.Tag, out var layout))
                continue;
            var comparison = new RecordComparison(record, layout);
            foreach (var difference in comparison.Differences)
                Add(FindingKind.Different, item, difference, spec.File, spec.Node, record.Place);
            if (spec.Node.Text("size") is { } size && _meaning.Specs.HasNumbersOf(spec.File) && Parse(size) != layout.Size)
                Add(
                    FindingKind.Different,
                    item,
                    $"its members make {layout.Size} bytes, and its size says {size}",
                    spec.File,
                    spec.Node,
                    null
                );
            foreach (var newer in comparison.Newer.Where(static leaf => !leaf.IsPadding))
                Add(FindingKind.Newer, $"{item}.{newer.Path}", "", spec.File, spec.Node, record.Place);
        }
    }

    private void CompareConstants()
    {
        foreach (var constant in _header.Constants)
        {
            var found = _meaning.Specs.Constants[constant.Name].ToArray();
            if (found.Length == 0)
                AddMissing(constant.Name, constant.Name, constant.Place);
            foreach (var one in found)
            {
                if (constant.Text is { } text)
                {
                    if (one.Node.Text("text") != text)
                        Add(FindingKind.Different, constant.Name, $"it is the text '{text}'", one.File, one.Node, constant.Place);
                }
                else if (!_meaning.Values.TryGetValue(one, out var value))
                    Add(FindingKind.Refused, constant.Name, "its value is no number", one.File, one.Node, constant.Place);
                else if (!IsEqual(constant.Value, value))
                    CompareCounts(constant, value, one);
            }
        }
    }

    // Constants that count others grow with every kernel.
    private void CompareCounts(CConstant constant, Int128 value, SpecConstant one) =>
        Add(
            Counts.Is(constant.Name) && value > constant.Value ? FindingKind.Newer : FindingKind.Different,
            constant.Name,
            $"it is {Number(constant.Value)}, and {Number(value)} in the spec",
            one.File,
            one.Node,
            constant.Place
        );

    private void CompareIoctls()
    {
        foreach (var ioctl in _header.Ioctls)
        {
            var found = _meaning.Specs.Ioctls[ioctl.Name].ToArray();
            if (found.Length == 0)
                AddMissing(ioctl.Name, ioctl.Name, ioctl.Place);
            foreach (var one in found)
            {
                if (!_meaning.Values.TryGetValue(one, out var request))
                    Add(FindingKind.Refused, ioctl.Name, "it gives no request number", one.File, one.Node, ioctl.Place);
                else if (request != ioctl.Request)
                    Add(
                        FindingKind.Different,
                        ioctl.Name,
                        $"its number is 0x{ioctl.Request:X8} ({ioctl.Direction}, type 0x{ioctl.Type:X}, number 0x{ioctl.Number:X}, {ioctl.Size} bytes), "
                            + $"and 0x{(uint)request:X8} in the spec",
                        one.File,
                        one.Node,
                        ioctl.Place
                    );
                else if (
                    ioctl.Argument is { Bounds.Count: 0, IsFlexible: false } argument
                    && one.Argument is { } stated
                    && Leaf.Meaning(argument.Spelling) is var expected
                    && Leaf.Meaning(stated) is var actual
                    && (expected.StartsWith("struct ", StringComparison.Ordinal) || actual.StartsWith("struct ", StringComparison.Ordinal))
                    && expected != actual
                )
                    Add(
                        FindingKind.Different,
                        ioctl.Name,
                        $"its argument is {expected}, and {actual} in the spec",
                        one.File,
                        one.Node,
                        ioctl.Place
                    );
                if (one.Node.Text("request") is { } text && _meaning.Specs.HasNumbersOf(one.File) && Parse(text) != ioctl.Request)
                    Add(FindingKind.Different, ioctl.Name, $"its request is 0x{ioctl.Request:X8}", one.File, one.Node, ioctl.Place);
            }
        }
    }

    private void TellOthers()
    {
        foreach (var other in _header.Others)
        {
            if (_leftOut.ReasonOf(other.Name) is { } reason)
                Add(FindingKind.LeftOut, other.Name, reason, null, null, other.Place);
            else if (!_meaning.Specs.Ioctls.Contains(other.Name) && !_meaning.Specs.Constants.Contains(other.Name))
                Add(FindingKind.NotExpressible, other.Name, other.Reason, null, null, other.Place);
        }
    }

    private void TellNewer(HashSet<SpecFile> compared)
    {
        var names = _header
            .Records.Select(static record => record.Tag)
            .Concat(_header.Constants.Select(static constant => constant.Name))
            .Concat(_header.Ioctls.Select(static ioctl => ioctl.Name))
            .ToHashSet(StringComparer.Ordinal);
        foreach (var file in compared)
        {
            foreach (var item in file.Structs.Where(item => !names.Contains(item.Name)))
                Add(FindingKind.Newer, $"struct {item.Name}", "", file, item.Node, null);
            foreach (
                var item in file.Constants.Where(item => !names.Contains(item.Name) && _meaning.Specs.Constants[item.Name].Contains(item))
            )
                Add(FindingKind.Newer, item.Name, "", file, item.Node, null);
            foreach (var item in file.Ioctls.Where(item => !names.Contains(item.Name) && _meaning.Values.ContainsKey(item)))
                Add(FindingKind.Newer, item.Name, "", file, item.Node, null);
        }
    }

    /// <summary>Whether two numbers are one to a program: to C, 1 &lt;&lt; 31 is an int, and so negative. Its bits count.</summary>
    public static bool IsEqual(Int128 header, Int128 spec) =>
        header == spec
        || (header < 0 && header >= int.MinValue && spec == header + (1L << 32))
        || (header < 0 && spec == (ulong)(long)header);

    private static Int128? Parse(string text) => SpecNumber.TryParse(text, out var number) ? number : null;

    private static string Number(Int128 value) => value >= 10 ? $"{value} (0x{value:X})" : $"{value}";
}
