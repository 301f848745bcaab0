using System;
using System.Linq;
using System.Text.Json;
using VmcsGen.Oracle.Tests.Headers;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Tool.Tests.Commands;

/// <summary>Mistakes in specs, as the generator reports them in a build, without a build.</summary>
public class LintTests
{
    private const string Mistake = """
        kind: kvm-structs
        structs:
          - name: acme
            size: 8
            members:
              - { name: first, type: __u33 }
        """;

    [Fact]
    public void A_mistake_is_told_with_its_place_as_compilers_do()
    {
        using var directory = new ScratchDirectory();
        var path = directory.Write("acme.vmcs.yaml", Mistake);

        var run = ToolRun.Of("lint", path);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"{path}:6:30: error VMCS", run.Output, StringComparison.Ordinal);
        Assert.Contains("__u33", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_it_tells_is_what_the_generator_tells()
    {
        using var directory = new ScratchDirectory();
        directory.Write("acme.vmcs.yaml", Mistake);
        directory.Write(
            "more.vmcs.yaml",
            "kind: kvm-constants\ngroups:\n  - { name: X, form: enum, values: [ { name: KVM_A, value: zero } ] }\n"
        );
        var specs = System.IO.Directory.GetFiles(System.IO.Path.GetDirectoryName(directory.Path("x"))!);

        var expected = GeneratorRun
            .Of([.. specs.Select(static path => new SpecText(path, System.IO.File.ReadAllText(path)))])
            .Diagnostics.Select(static one => $"{one.Id} {one.Location.GetLineSpan().StartLinePosition}")
            .Order();
        using var sarif = JsonDocument.Parse(ToolRun.Of("lint", System.IO.Path.GetDirectoryName(specs[0])!, "--format", "sarif").Output);
        var found = sarif
            .RootElement.GetProperty("runs")[0]
            .GetProperty("results")
            .EnumerateArray()
            .Select(static one =>
            {
                var region = one.GetProperty("locations")[0].GetProperty("physicalLocation").GetProperty("region");
                return $"{one.GetProperty("ruleId").GetString()} {region.GetProperty("startLine").GetInt32() - 1},{region.GetProperty("startColumn").GetInt32() - 1}";
            })
            .Order();

        Assert.NotEmpty(expected);
        Assert.Equal(expected, found);
    }

    [Fact]
    public void Specs_without_mistakes_have_none()
    {
        using var directory = new ScratchDirectory();
        foreach (var (spec, i) in RuntimeSources.ForeignSpecs[0].Select(static (spec, i) => (spec, i)))
            directory.Write($"{i}.vmcs.yaml", spec.Text);

        var run = ToolRun.Of("lint", System.IO.Path.GetDirectoryName(directory.Path("x"))!);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("0 mistakes", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Specs_of_VmcsGen_itself_have_none()
    {
        var folder = System.IO.Path.Combine(RuntimeSources.Root, "spec", "kvm");

        var run = ToolRun.Of("lint", folder);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains(
            $"{System.IO.Directory.GetFiles(folder, "*.yaml", System.IO.SearchOption.AllDirectories).Length} specs, 0 mistakes",
            run.Output,
            StringComparison.Ordinal
        );
    }

    // One of x86-64, one of another machine; both in a copy of the repository's folder.
    [Theory]
    [InlineData("kvm/structs/vcpu.yaml")]
    [InlineData("kvm/structs/arm64.yaml")]
    [InlineData("kvm/s390x/structs.yaml")]
    public void A_mistake_in_a_spec_of_VmcsGen_itself_is_told(string spec)
    {
        using var directory = new ScratchDirectory();
        var text = System.IO.File.ReadAllText(System.IO.Path.Combine(RuntimeSources.Root, "spec", spec));
        var path = directory.Path($"spec/{spec}");
        System.IO.Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        var at = text.IndexOf("type: __u64", StringComparison.Ordinal);
        System.IO.File.WriteAllText(path, text[..at] + "type: __u65" + text[(at + "type: __u64".Length)..]);

        var run = ToolRun.Of("lint", directory.Path("spec"));

        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"{path}:{text[..at].Count(static sign => sign == '\n') + 1}:", run.Output, StringComparison.Ordinal);
        Assert.Contains("__u65", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_of_specs_by_other_names_is_read_and_other_YAML_is_not()
    {
        using var directory = new ScratchDirectory();
        var path = directory.Write("acme.yaml", Mistake);
        directory.Write("deployment.yaml", "apiVersion: v1\nkind: Deployment\n");

        var run = ToolRun.Of("lint", System.IO.Path.GetDirectoryName(path)!);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"{path}:6:30: error VMCS", run.Output, StringComparison.Ordinal);
        Assert.Contains("1 specs, 1 mistakes", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/no/such/file.vmcs.yaml", "cannot be read")]
    [InlineData("/dev", "there is no file *.vmcs.yaml")]
    public void What_cannot_be_read_is_told(string path, string error)
    {
        var run = ToolRun.Of("lint", path);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(error, run.Error, StringComparison.Ordinal);
    }
}
