using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Generators.Names;
using VmcsGen.Tool.Clang;
using VmcsGen.Tool.Comparison;
using VmcsGen.Tool.Headers;
using VmcsGen.Tool.SpecTexts;

namespace VmcsGen.Tool.Import;

/// <summary>Takes what headers declare into specs, and leaves in them what is there already.</summary>
internal sealed class Importer
{
    private readonly CInterface _header;
    private readonly HeaderSet _headers;
    private readonly ClangTarget _target;
    private readonly LeftOut _leftOut;
    private readonly NewFiles _newFiles;
    private readonly List<ImportChange> _changes = [];
    private SpecSet _specs;
    private SpecMeaning? _meaning;

    private Importer(CInterface header, HeaderSet headers, ClangTarget target, SpecSet specs, LeftOut leftOut, NewFiles newFiles)
    {
        _header = header;
        _headers = headers;
        _target = target;
        _specs = specs;
        _leftOut = leftOut;
        _newFiles = newFiles;
    }

    /// <summary>Does it, in memory.</summary>
    /// <param name="header">What the headers declare.</param>
    /// <param name="headers">Which headers.</param>
    /// <param name="target">For which machine.</param>
    /// <param name="specs">The specs that are there.</param>
    /// <param name="leftOut">What they leave out on purpose.</param>
    /// <param name="newFiles">How specs are made for what no spec takes.</param>
    public static ImportResult Run(
        CInterface header,
        HeaderSet headers,
        ClangTarget target,
        SpecSet specs,
        LeftOut leftOut,
        NewFiles newFiles
    )
    {
        var importer = new Importer(header, headers, target, specs, leftOut, newFiles);
        importer.MergeStructs();
        importer.Correct();
        importer.AddStructs();
        importer.AddConstants();
        importer.AddIoctls();
        var meaning = importer.Meaning();
        return new(meaning, importer._changes, SpecComparison.Compare(header, headers, meaning, leftOut));
    }

    // Asked for at every step, and another one when a step changed something.
    private SpecMeaning Meaning() => _meaning?.Specs == _specs ? _meaning : _meaning = SpecAsC.Read(_specs, _headers, _target);

    private void MergeStructs()
    {
        var records = Meaning().Records;
        foreach (var record in _header.Records)
        {
            if (
                !_specs.Structs.TryGetValue(record.Tag, out var item)
                || !_specs.HasNumbersOf(item.File)
                || (records.TryGetValue(record.Tag, out var layout) && new RecordComparison(record, layout).Differences.Count == 0)
            )
                continue;
            var merged = new StructMerge(_specs, record, _headers, _target).Run();
            if (merged == _specs)
                continue;
            _specs = merged;
            _changes.Add(new(item.File.Path, $"{record.Keyword} {record.Tag}", IsNew: false));
        }
    }

    // Numbers that differ become those of the header.
    private void Correct()
    {
        var meaning = Meaning();
        var known = KnownConstants();
        var edits = new SpecEdits();
        var wrong = SpecComparison
            .Compare(_header, _headers, meaning, _leftOut)
            .Where(static finding => finding.Kind is FindingKind.Different or FindingKind.Refused)
            .Select(static finding => finding.Item)
            .ToHashSet();
        foreach (var constant in _header.Constants.Where(constant => wrong.Contains(constant.Name)))
        {
            // What is about several machines is no matter of one that has another number.
            foreach (var one in _specs.Constants[constant.Name].Where(one => _specs.HasNumbersOf(one.File)))
            {
                if (constant.Text is { } text)
                    edits.Add(one.File, ListEditing.Set(one.File.Text, one.Node, "text", YamlText.Value(text), "name"));
                else if (!meaning.Values.TryGetValue(one, out var value) || !SpecComparison.IsEqual(constant.Value, value))
                    edits.Add(
                        one.File,
                        ListEditing.Set(
                            one.File.Text,
                            one.Node,
                            "value",
                            ConstantText.Value(constant, SpecGroup.SizeOf(one.Group), known),
                            "name"
                        )
                    );
                _changes.Add(new(one.File.Path, constant.Name, IsNew: false));
            }
        }
        foreach (var ioctl in _header.Ioctls.Where(ioctl => wrong.Contains(ioctl.Name)))
        {
            foreach (var one in _specs.Ioctls[ioctl.Name].Where(one => _specs.HasNumbersOf(one.File)))
            {
                // The number may differ for the sake of a struct alone.
                TextEdit[] corrections = [.. IoctlText.Correct(one, ioctl)];
                foreach (var edit in corrections)
                    edits.Add(one.File, edit);
                if (corrections.Length > 0)
                    _changes.Add(new(one.File.Path, ioctl.Name, IsNew: false));
            }
        }
        _specs = edits.Apply(_specs);
    }

    private HashSet<string> KnownConstants() =>
        [
            .. _specs.Constants.Select(static one => one.Key),
            .. _header.Constants.Where(one => one.Text is null && _leftOut.ReasonOf(one.Name) is null).Select(static one => one.Name),
        ];

    // What is new on another machine is put among what that machine alone has: what all have comes with x86-64.
    private IEnumerable<SpecFile> Growing => _specs.Of(_headers).Where(_specs.HasNumbersOf);

    private bool IsWanted(string name) => _leftOut.ReasonOf(name) is null;

    private void AddStructs()
    {
        var missing = _header
            .Records.Concat(
                _header.Ioctls.Where(ioctl => !_specs.Ioctls.Contains(ioctl.Name)).Select(IoctlText.ArrayArgument).OfType<CRecord>()
            )
            .Where(record => !_specs.Structs.ContainsKey(record.Tag) && IsWanted(record.Tag))
            .ToArray();
        var order = _header.Records.ToDictionary(static record => record.Tag, static record => record.Place.Order);
        var places = new ListPlaces(
            [.. Growing.Where(static file => ListEditing.CanGrow(file.Root["structs"] as YamlList))],
            static file => file.Structs.Select(static item => (item.Name, (YamlNode)item.Node)),
            order
        );
        var types = TypeNames();
        var edits = new SpecEdits();
        foreach (var record in missing)
        {
            var name = CSharpNames.Pascal(record.Tag);
            var free = CSharpNaming.Free(name, types, "Struct");
            types.Add(free);
            var csharp = free == name && name.Any(char.IsAsciiLetterUpper) ? null : free;
            if (places.Find(record.Place) is var (file, after))
            {
                var list = (YamlList)file.Root["structs"]!;
                var lines = RecordText.Struct(record, ListEditing.IndentOf(file.Text, list), csharp);
                edits.Add(file, ListEditing.Insert(file.Text, list, after, lines));
                _changes.Add(new(file.Path, $"{record.Keyword} {record.Tag}", IsNew: true));
            }
            else
                _changes.Add(
                    new(
                        _newFiles.Add(record.Place.Header, NewFileKind.Structs, RecordText.Struct(record, NewFiles.Indent, csharp)),
                        $"{record.Keyword} {record.Tag}",
                        IsNew: true
                    )
                );
        }
        _specs = _newFiles.AddTo(edits.Apply(_specs));
    }

    // One name is one type, whatever its kind.
    private HashSet<string> TypeNames() =>
        [
            .. _specs.Structs.Values.Select(static item => item.Node.Text("csharp") ?? CSharpNames.Pascal(item.Name)),
            .. _specs.Files.SelectMany(static file => SpecFile.List(file.Root, "groups")).Select(static group => group.Text("name") ?? ""),
            .. _headers.Names.Select(static header => CSharpNames.Pascal(ConstantGroup.HeaderStem(header)) + "Ioctls"),
            IoctlText.AnyDescriptor,
        ];

    private void AddConstants()
    {
        var known = KnownConstants();
        var missing = _header.Constants.Where(one => !_specs.Constants.Contains(one.Name) && IsWanted(one.Name)).ToArray();
        var groups = new SpecGroups([.. Growing], _header.Constants);
        var edits = new SpecEdits();
        var left = new List<CConstant>();
        // An enum of which the specs have nothing is a type of its own.
        var newEnums = _header
            .Constants.Where(static one => one.Enum is not null)
            .GroupBy(static one => one.Enum!.Order)
            .Where(group => group.All(one => !_specs.Constants.Contains(one.Name)))
            .Select(static group => group.Key)
            .ToHashSet();
        // So is a family of macros that otherwise groups of all kinds of constants would take.
        var newFamilies = MacroFamily
            .Of([.. missing.Where(static one => one.Enum is null)])
            .Where(family => family.Members.All(one => groups.Find(one) is not { IsGeneral: false }))
            .SelectMany(static family => family.Members)
            .ToHashSet();
        foreach (var constant in missing)
        {
            if (
                (constant.Enum is { } type && newEnums.Contains(type.Order))
                || newFamilies.Contains(constant)
                || groups.Find(constant) is not { } group
            )
            {
                left.Add(constant);
                continue;
            }
            edits.Add(group.File, group.Insert(constant, known));
            _changes.Add(new(group.File.Path, constant.Name, IsNew: true));
        }
        AddGroups(left, known, edits);
        _specs = _newFiles.AddTo(edits.Apply(_specs));
    }

    private void AddGroups(List<CConstant> constants, HashSet<string> known, SpecEdits edits)
    {
        var order = _header
            .Constants.DistinctBy(static one => one.Name)
            .ToDictionary(static one => one.Name, static one => one.Place.Order);
        var places = new ListPlaces(
            [.. Growing.Where(static file => ListEditing.CanGrow(file.Root["groups"] as YamlList))],
            static file => file.Constants.Select(static one => (one.Name, (YamlNode)one.Group)),
            order
        );
        var types = TypeNames();
        foreach (var header in constants.GroupBy(static one => one.Place.Header))
        {
            foreach (var group in ConstantGroup.Of(header.Key, [.. header], types))
            {
                var path = "";
                if (places.Find(group.Members[0].Place) is var (file, after))
                {
                    var list = (YamlList)file.Root["groups"]!;
                    edits.Add(file, ListEditing.Insert(file.Text, list, after, group.Lines(ListEditing.IndentOf(file.Text, list), known)));
                    path = file.Path;
                }
                else
                    path = _newFiles.Add(header.Key, NewFileKind.Constants, group.Lines(NewFiles.Indent, known));
                _changes.AddRange(group.Members.Select(one => new ImportChange(path, one.Name, IsNew: true)));
            }
        }
    }

    private void AddIoctls()
    {
        var missing = _header.Ioctls.Where(ioctl => !_specs.Ioctls.Contains(ioctl.Name) && IsWanted(ioctl.Name)).ToArray();
        var places = new ListPlaces(
            [.. Growing.Where(static file => ListEditing.CanGrow(file.Root["ioctls"] as YamlList))],
            static file => file.Ioctls.Select(static item => (item.Name, (YamlNode)item.Node)),
            _header.Ioctls.ToDictionary(static ioctl => ioctl.Name, static ioctl => ioctl.Place.Order)
        );
        var edits = new SpecEdits();
        var numbers = new HashSet<(string, uint)>();
        foreach (var ioctl in missing)
        {
            if (places.Find(ioctl.Place) is var (file, after))
            {
                var list = (YamlList)file.Root["ioctls"]!;
                var neighbour = (YamlMap)(after ?? list.Items[0]);
                var descriptor = neighbour["descriptor"] is { } node ? file.Text[node.Start..node.End] : IoctlText.AnyDescriptor;
                var type = IoctlText.TypeOf(file.Root.Text("type")) ?? IoctlText.Kvm;
                var lines = IoctlText.Of(
                    ioctl,
                    ListEditing.IndentOf(file.Text, list),
                    type,
                    descriptor,
                    numbers.Add((descriptor, ioctl.Request))
                );
                edits.Add(file, ListEditing.Insert(file.Text, list, after, lines));
                _changes.Add(new(file.Path, ioctl.Name, IsNew: true));
            }
            else
            {
                var hasMethod = numbers.Add((IoctlText.AnyDescriptor, ioctl.Request));
                var type = _newFiles.IoctlType(ioctl.Place.Header, ioctl.Type);
                var lines = IoctlText.Of(ioctl, NewFiles.Indent, type, IoctlText.AnyDescriptor, hasMethod);
                _changes.Add(new(_newFiles.Add(ioctl.Place.Header, NewFileKind.Ioctls, lines), ioctl.Name, IsNew: true));
            }
        }
        _specs = _newFiles.AddTo(edits.Apply(_specs));
    }
}
