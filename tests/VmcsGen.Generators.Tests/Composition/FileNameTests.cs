using System.Linq;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Composition;

/// <summary>Classes that are named after files.</summary>
public class FileNameTests
{
    [Fact]
    public void Files_of_one_name_in_different_folders_keep_their_classes_when_another_comes()
    {
        var run = GeneratorRun.Of(Fields("specs/intel/acme", 0x2E00), Fields("specs/amd/acme", 0x2E02));
        var before = Classes(run);
        Assert.Equal(["AmdAcmeVmcsFields.g.cs", "IntelAcmeVmcsFields.g.cs"], before);

        foreach (var folder in (string[])["specs/a", "specs/z", "other"])
        {
            var more = GeneratorRun.Of(
                Fields($"{folder}/acme", 0x2E04),
                Fields("specs/intel/acme", 0x2E00),
                Fields("specs/amd/acme", 0x2E02)
            );
            Assert.Equal(before, Classes(more).Intersect(before));
            Assert.Equal(3, Classes(more).Length);
        }
    }

    [Fact]
    public void Files_of_one_name_and_different_kinds_are_told_apart_by_what_their_classes_are() =>
        Assert.Equal(
            ["AcmeMsrs.g.cs", "AcmeVmcsFields.g.cs"],
            Classes(
                GeneratorRun.Of(Fields("a/acme", 0x2E00), new SpecText("b/acme.vmcs.yaml", "kind: msrs\nmsrs: [{ name: One, index: 1 }]"))
            )
        );

    private static SpecText Fields(string path, int encoding) =>
        new(path + ".vmcs.yaml", $"kind: vmcs-fields\nfields: [{{ name: Field{encoding:X}, encoding: 0x{encoding:X} }}]");

    private static string[] Classes(GeneratorRun run) => [.. run.Sources.Select(static source => source.Hint)];
}
