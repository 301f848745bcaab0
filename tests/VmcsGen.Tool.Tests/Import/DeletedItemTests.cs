using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Oracle.Tests.Support;
using VmcsGen.Tool.Comparison;
using VmcsGen.Tool.Headers;
using VmcsGen.Tool.SpecTexts;
using Xunit;

namespace VmcsGen.Tool.Tests.Import;

/// <summary>What is deleted from the specs, and stands in the headers, comes back by an import: each item in turn.</summary>
public sealed class DeletedItemTests(ITestOutputHelper output)
{
    private static readonly Lazy<SpecMeaning> s_whole = new(static () =>
        SpecAsC.Read(KvmImport.Specs, KvmImport.Headers, KvmImport.Target)
    );

    [Fact]
    [Trait("Cost", "Minutes")]
    public void A_struct_comes_back_with_its_size_and_members() =>
        Try(
            KvmImport.Header.Records.Select(static record => record.Tag).Where(KvmImport.Specs.Structs.ContainsKey),
            static name => [(KvmImport.Specs.Structs[name].File, KvmImport.Specs.Structs[name].Node)],
            static (name, specs) => Struct(name, specs)
        );

    // VMCSGEN_IMPORT_EACH=1 deletes each of them, which takes some minutes more; without it every fourth, always the same.
    private static bool IsInSlice(string name, int index) =>
        index % 4 == 0 || System.Environment.GetEnvironmentVariable("VMCSGEN_IMPORT_EACH") == "1";

    [Fact]
    [Trait("Cost", "Minutes")]
    public void A_member_comes_back_with_its_place_and_type() =>
        Try(
            KvmImport
                .Header.Records.Where(static record => KvmImport.Specs.Structs.ContainsKey(record.Tag))
                .SelectMany(static record => Members(record).Select(path => $"{record.Tag} {path}"))
                .Where(IsInSlice),
            static name => Deleted(name) is var (item, member) && item is not null ? [(item.File, member!.Node)] : [],
            static (name, specs) => Struct(name.Split(' ')[0], specs)
        );

    [Fact]
    [Trait("Cost", "Minutes")]
    public void An_ioctl_comes_back_with_its_number_and_argument() =>
        Try(
            KvmImport.Header.Ioctls.Select(static ioctl => ioctl.Name).Where(KvmImport.Specs.Ioctls.Contains),
            static name => KvmImport.Specs.Ioctls[name].Select(static item => (item.File, item.Node)),
            Ioctl
        );

    [Fact]
    [Trait("Cost", "Minutes")]
    public void A_constant_comes_back_with_its_value() =>
        Try(
            KvmImport
                .Header.Constants.Select(static constant => constant.Name)
                // One that counts others comes back with what these headers have of them.
                .Where(static name => KvmImport.Specs.Constants.Contains(name) && !Counts.Is(name))
                .Distinct()
                .Where(IsInSlice),
            static name => KvmImport.Specs.Constants[name].Select(static item => (item.File, item.Node)),
            Constant
        );

    private void Try(
        IEnumerable<string> names,
        Func<string, IEnumerable<(SpecFile File, YamlMap Node)>> find,
        Func<string, SpecMeaning, string> describe
    )
    {
        var problems = new List<string>();
        var count = 0;
        foreach (var name in names)
        {
            var items = find(name).ToArray();
            if (items.Length == 0)
                continue;
            count++;
            var without = items
                .GroupBy(static item => item.File)
                .Aggregate(
                    KvmImport.Specs,
                    static (specs, file) =>
                        specs.With(
                            file.Key,
                            TextEdit.Apply(file.Key.Text, file.Select(item => ListEditing.Remove(file.Key.Text, item.Node)))
                        )
                );
            var result = KvmImport.Import(without);
            problems.AddRange(
                result.Findings.Where(static finding => finding.IsDifference).Select(finding => $"{name}: {finding.Item}: {finding.Text}")
            );
            var (expected, actual) = (describe(name, s_whole.Value), describe(name, result.Meaning));
            if (expected != actual)
                problems.Add($"{name}: was {expected}, came back as {actual}");
        }
        output.WriteLine($"{count} items deleted, one at a time");
        Listing.AssertEmpty(problems, "items that did not come back");
        Assert.InRange(count, 50, int.MaxValue);
    }

    // Members that these headers do not have cannot come back with a struct that they had to bring back.
    private static string Struct(string name, SpecMeaning meaning)
    {
        var header = KvmImport.Header.Records.Single(record => record.Tag == name);
        var paths = Leaf.Of(header).Where(static leaf => !leaf.IsPadding && !leaf.IsContainer).Select(static leaf => leaf.Path).ToHashSet();
        var found = meaning.Records[name];
        return $"{found.Keyword}, aligned to {found.Align}: "
            + string.Join(
                ", ",
                Leaf.Of(found)
                    .Where(leaf => paths.Contains(leaf.Path))
                    .OrderBy(static leaf => leaf.Path, StringComparer.Ordinal)
                    .Select(static leaf => $"{leaf.Path} {leaf.Type} at {leaf.Offset}")
            );
    }

    // What is passed to an ioctl of _IO, the header does not say.
    private static string Ioctl(string name, SpecMeaning meaning)
    {
        var isTold = KvmImport.Header.Ioctls.Single(ioctl => ioctl.Name == name).Argument is not null;
        return string.Join(
            ", ",
            meaning
                .Specs.Ioctls[name]
                .Select(item => $"0x{(uint)meaning.Values[item]:X8} {(isTold ? Leaf.Meaning(item.Argument ?? "nothing") : "")}")
                .Distinct()
        );
    }

    private static string Constant(string name, SpecMeaning meaning) =>
        string.Join(", ", meaning.Specs.Constants[name].Select(item => item.Node.Text("text") ?? $"{meaning.Values[item]}").Distinct());

    private static IEnumerable<string> Members(CRecord record) =>
        record.Members.SelectMany(static member =>
            member.IsAnonymous ? Members(member.Nested!)
            : member.Nested is { Members.Count: > 0 } nested ? Members(nested).Select(path => $"{member.Name}.{path}").Prepend(member.Name)
            : member.Name.Length == 0 ? []
            : [member.Name]
        );

    private static (SpecStruct? Item, SpecMember? Member) Deleted(string name)
    {
        var item = KvmImport.Specs.Structs[name.Split(' ')[0]];
        var member = Find(item.Members, name.Split(' ')[1].Split('.'));
        // A struct without members is none.
        return member is null || item.Members.Count == 1 ? default : (item, member);
    }

    private static SpecMember? Find(IReadOnlyList<SpecMember> members, string[] path)
    {
        foreach (var member in members)
        {
            if (member.Name.Length == 0 && Find(member.Members, path) is { } inner)
                return members.Count == 1 ? null : inner;
            if (member.Name == path[0])
                return path.Length == 1 ? member
                    : member.Members.Count == 1 ? null
                    : Find(member.Members, path[1..]);
        }
        return null;
    }
}
