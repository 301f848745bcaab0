using System;
using System.IO;
using System.Linq;
using System.Text;
using VmcsGen.Testing;
using Xunit;

namespace VmcsGen.Generators.Tests.Testing;

/// <summary>The snapshots themselves: a check that cannot fail would prove nothing.</summary>
public sealed class SnapshotTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("vmcsgen-snapshots-").FullName;

    private static GeneratorRun Run(string doc = "Modes.", string name = "AcmeMode") =>
        GeneratorRun.Of(
            new SpecText(
                "acme.vmcs.yaml",
                $$"""
                kind: enums
                enums:
                  - { name: {{name}}, size: 8, doc: {{doc}}, values: [{ value: 0, name: Off, doc: Off. }] }
                """
            )
        );

    private static GeneratorRun Broken() => GeneratorRun.Of(new SpecText("specs/acme.vmcs.yaml", "kind: enumz\n"));

    private void Verify(GeneratorRun run, bool accept = false) =>
        Snapshot.Verify(run, null, accept, Path.Combine(_directory, "Shapes.cs"), "Mode");

    private string[] Files =>
        [.. Directory.EnumerateFiles(_directory).Select(static f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    [Fact]
    public void Accepted_file_begins_with_a_mark_and_its_hint()
    {
        Verify(Run(), accept: true);
        Assert.Equal(["Shapes.Mode#AcmeMode.g.verified.cs"], Files);
        var bytes = File.ReadAllBytes(Path.Combine(_directory, Files[0]));
        Assert.Equal(Encoding.UTF8.Preamble.ToArray(), bytes[..3]);
        Assert.Equal("//HintName: AcmeMode.g.cs\n" + Run().Source("AcmeMode.g.cs"), Encoding.UTF8.GetString(bytes[3..]));
        Assert.DoesNotContain((byte)'\r', bytes);
    }

    [Fact]
    public void Accepted_output_matches()
    {
        Verify(Run(), accept: true);
        Verify(Run());
        Assert.Equal(["Shapes.Mode#AcmeMode.g.verified.cs"], Files);
    }

    [Fact]
    public void Missing_file_fails_and_is_written_as_received()
    {
        var e = Assert.Throws<SnapshotException>(() => Verify(Run()));
        Assert.Contains("Shapes.Mode#AcmeMode.g.verified.cs does not exist.", e.Message);
        Assert.Equal(["Shapes.Mode#AcmeMode.g.received.cs"], Files);
    }

    [Fact]
    public void Difference_fails_and_shows_the_lines()
    {
        Verify(Run(), accept: true);
        var e = Assert.Throws<SnapshotException>(() => Verify(Run("Other modes.")));
        Assert.Contains("Shapes.Mode#AcmeMode.g.verified.cs differs.", e.Message);
        Assert.Contains("-    13 | /// <summary>Modes.</summary>\n+    13 | /// <summary>Other modes.</summary>", e.Message);
        Assert.Equal(["Shapes.Mode#AcmeMode.g.received.cs", "Shapes.Mode#AcmeMode.g.verified.cs"], Files);
    }

    [Fact]
    public void File_that_is_not_emitted_any_more_fails()
    {
        Verify(Run(), accept: true);
        var e = Assert.Throws<SnapshotException>(() => Verify(Run(name: "AcmeOther")));
        Assert.Contains("Shapes.Mode#AcmeMode.g.verified.cs is left over", e.Message);
    }

    [Fact]
    public void Accepting_removes_what_is_left_over()
    {
        Verify(Run(), accept: true);
        Verify(Run(name: "AcmeOther"), accept: true);
        Assert.Equal(["Shapes.Mode#AcmeOther.g.verified.cs"], Files);
    }

    [Fact]
    public void Received_files_of_an_earlier_failure_are_removed_on_success()
    {
        Verify(Run(), accept: true);
        Assert.Throws<SnapshotException>(() => Verify(Run("Other modes.")));
        Verify(Run());
        Assert.Equal(["Shapes.Mode#AcmeMode.g.verified.cs"], Files);
    }

    [Fact]
    public void Files_of_a_test_with_a_longer_name_are_left_alone()
    {
        File.WriteAllText(Path.Combine(_directory, "Shapes.Modern#X.g.verified.cs"), "");
        File.WriteAllText(Path.Combine(_directory, "Shapes.Modern.verified.txt"), "");
        Verify(Run(), accept: true);
        Verify(Run());
        Assert.Equal(3, Files.Length);
    }

    [Fact]
    public void Ignored_file_is_neither_compared_nor_accepted()
    {
        Snapshot.Verify(
            Run(),
            static source => source.Hint == "AcmeMode.g.cs",
            accept: true,
            Path.Combine(_directory, "Shapes.cs"),
            "Mode"
        );
        Snapshot.Verify(
            Run(),
            static source => source.Hint == "AcmeMode.g.cs",
            accept: false,
            Path.Combine(_directory, "Shapes.cs"),
            "Mode"
        );
        Assert.Empty(Files);
    }

    [Fact]
    public void Checkout_with_other_line_ends_matches()
    {
        Verify(Run(), accept: true);
        var path = Path.Combine(_directory, Files[0]);
        File.WriteAllText(path, File.ReadAllText(path).ReplaceLineEndings("\r\n"));
        Verify(Run());
    }

    [Fact]
    public void Diagnostics_are_a_file_of_their_own()
    {
        Verify(Broken(), accept: true);
        Assert.Equal(["Shapes.Mode.verified.txt"], Files);
        Assert.Equal(
            """
            {
              Diagnostics: [
                {
                  Location: specs/acme.vmcs.yaml: (0,6)-(0,11),
                  Message: 'enumz' is not a kind of spec; the kinds are vmcs-fields, bitfields, enums, layouts, msrs, cpuid, kvm-structs, kvm-ioctls, kvm-constants. Did you mean 'enums'?,
                  Severity: Error,
                  Descriptor: {
                    Id: VMCS0003,
                    Title: Unknown kind of spec,
                    HelpLink: docs/diagnostics.md#vmcs0003,
                    MessageFormat: {0} is not a kind of spec; the kinds are {1}.{2},
                    Category: VmcsGen.Specs,
                    DefaultSeverity: Error,
                    IsEnabledByDefault: true
                  }
                }
              ]
            }
            """,
            File.ReadAllText(Path.Combine(_directory, Files[0]))
        );
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
