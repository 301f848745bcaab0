using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Facts;
using VmcsGen.Oracle.Tests.Support;
using VmcsGen.Tool.Comparison;
using VmcsGen.Tool.SpecTexts;
using Xunit;

namespace VmcsGen.Tool.Tests.Import;

/// <summary>Headers of other machines and the specs of these machines: they agree, and what is deleted comes back.</summary>
public sealed class MachineImportTests(ITestOutputHelper output)
{
    // So many parts of the items are deleted, one part at a time: each is found by what is left.
    private const int Parts = 4;

    [Theory]
    [MemberData(nameof(MachineImport.Names), MemberType = typeof(MachineImport))]
    public void The_specs_agree_with_the_headers(string machine)
    {
        var run = ToolRun.Of(MachineImport.Of(machine).CommandLine("verify", "--specs", KvmImport.Folder));

        Assert.Empty(run.Error);
        Assert.True(run.ExitCode == 0, run.Output);
        Assert.Contains(" 0 differences.", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(MachineImport.Names), MemberType = typeof(MachineImport))]
    public void Importing_them_changes_nothing(string machine)
    {
        var import = MachineImport.Of(machine);
        var specs = import.Specs;

        Assert.Empty(KvmImport.Changed(specs, import.Import(specs).Specs));
    }

    [Theory]
    [Trait("Cost", "Minutes")]
    [MemberData(nameof(MachineImport.Names), MemberType = typeof(MachineImport))]
    public void What_is_deleted_comes_back_with_its_name_type_and_number(string machine)
    {
        var import = MachineImport.Of(machine);
        var specs = import.Specs;
        var expected = Describe(SpecAsC.Read(specs, ArchitectureRecord.Headers, import.Target));
        var count = 0;
        for (var part = 0; part < Parts; part++)
        {
            var without = specs;
            foreach (var file in specs.Files.Where(specs.HasNumbersOf))
            {
                var nodes = file
                    .Structs.Select(static item => item.Node)
                    .Concat(file.Constants.Select(static item => item.Node))
                    .Concat(file.Ioctls.Select(static item => item.Node))
                    .Where((_, i) => i % Parts == part)
                    .ToArray();
                count += nodes.Length;
                without = without.With(file, TextEdit.Apply(file.Text, nodes.Select(node => ListEditing.Remove(file.Text, node))));
            }

            var result = import.Import(without);

            Listing.AssertEmpty(
                result.Findings.Where(static finding => finding.IsDifference).Select(static finding => $"{finding.Item}: {finding.Text}"),
                "items that did not come back"
            );
            Assert.Equal(expected, Describe(result.Meaning));
        }
        output.WriteLine($"{count} items deleted, a quarter at a time");
        Assert.InRange(count, 100, int.MaxValue);
    }

    // Structs by their members' places and types, numbers by their names.
    private static string[] Describe(SpecMeaning meaning) =>
        [
            .. meaning
                .Records.Select(static one =>
                    $"{one.Value.Keyword} {one.Key}: {string.Join(", ", Leaf.Of(one.Value).Select(static leaf => $"{leaf.Path} {leaf.Type} at {leaf.Offset}"))}"
                )
                .Concat(Numbers(meaning))
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];

    private static IEnumerable<string> Numbers(SpecMeaning meaning) =>
        meaning.Values.Select(static one =>
            one.Key switch
            {
                SpecConstant constant => $"{constant.Name} = {one.Value}",
                SpecIoctl ioctl => $"{ioctl.Name} = {one.Value}",
                _ => "",
            }
        );
}
