using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using VmcsGen.Oracle.Tests.Headers;
using Xunit;

namespace VmcsGen.Tool.Tests.Import;

/// <summary>What <c>verify</c> and <c>import</c> say, and how they end.</summary>
public sealed class VerifyTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vmcsgen");

    [Fact]
    public void The_specs_of_the_repository_agree_with_the_installed_headers()
    {
        Tools.RequireOrSkip();
        var run = ToolRun.Of(KvmImport.CommandLine("verify", "--specs", KvmImport.Folder));

        Assert.Empty(run.Error);
        Assert.True(run.ExitCode == 0, run.Output);
        Assert.Contains(" 0 differences.", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_header_that_none_of_the_folders_has_is_not_taken_from_the_system(bool isBeside)
    {
        Tools.RequireOrSkip();
        var beside = isBeside ? Path.Combine(_folder.FullName, "linu") : _folder.FullName;
        Directory.CreateDirectory(Path.Combine(beside, "linux"));
        File.WriteAllText(Path.Combine(beside, "linux", "acme.h"), "#define ACME_ONE 1\n");
        var run = ToolRun.Of("verify", "linux/acme.h", "linux/loop.h", "--include", beside, "--specs", _folder.FullName);

        Assert.NotEqual(0, run.ExitCode);
        Assert.StartsWith(
            "vmcsgen: linux/loop.h: none of the folders of --include has it, and the system's (/usr/include/linux/loop.h)",
            run.Error,
            StringComparison.Ordinal
        );
        var both = ToolRun.Of("verify", "linux/acme.h", "linux/loop.h", "-I", beside, "-I", "/usr/include", "--specs", _folder.FullName);
        Assert.Empty(both.Error);
    }

    [Fact]
    public void A_wrong_number_in_a_spec_is_told_at_its_line_in_text_JSON_and_SARIF()
    {
        Tools.RequireOrSkip();
        var spec = Write(
            "loop.yaml",
            """
            kind: kvm-constants
            header: linux/loop.h
            groups:
              - name: LoopConstants
                form: constants
                values:
                  - { name: LO_NAME_SIZE, value: 65 }
            """
        );
        var sarif = Path.Combine(_folder.FullName, "out.sarif");

        var text = ToolRun.Of("verify", "linux/loop.h", "--specs", _folder.FullName, "--sarif", sarif);
        var json = ToolRun.Of("verify", "linux/loop.h", "--specs", _folder.FullName, "--json");

        Assert.Equal(1, text.ExitCode);
        Assert.Contains($"{spec}:7: LO_NAME_SIZE: it is 64 (0x40), and 65 (0x41) in the spec", text.Output, StringComparison.Ordinal);
        Assert.Contains("struct loop_info64", text.Output, StringComparison.Ordinal);
        using var findings = JsonDocument.Parse(json.Output);
        var different = findings
            .RootElement.GetProperty("findings")
            .EnumerateArray()
            .Single(static finding => finding.GetProperty("kind").GetString() == "different");
        Assert.Equal(("LO_NAME_SIZE", 7), (different.GetProperty("item").GetString(), different.GetProperty("line").GetInt32()));
        using var log = JsonDocument.Parse(File.ReadAllText(sarif));
        Assert.Equal("2.1.0", log.RootElement.GetProperty("version").GetString());
        var result = log
            .RootElement.GetProperty("runs")[0]
            .GetProperty("results")
            .EnumerateArray()
            .Single(static one => one.GetProperty("ruleId").GetString() == "Different");
        Assert.Equal("error", result.GetProperty("level").GetString());
        var place = result.GetProperty("locations")[0].GetProperty("physicalLocation");
        Assert.Equal($"file://{spec}", place.GetProperty("artifactLocation").GetProperty("uri").GetString());
        Assert.Equal(7, place.GetProperty("region").GetProperty("startLine").GetInt32());
    }

    [Fact]
    public void What_is_left_out_on_purpose_is_no_difference()
    {
        Tools.RequireOrSkip();
        Write(
            "left-out.txt",
            "# not wanted\nGRND_RANDOM GRND_INSECURE RNDGETENTCNT RNDADDTOENTCNT RNDGETPOOL RNDADDENTROPY RNDZAPENTCNT\n"
        );
        Write(
            "random.yaml",
            """
            kind: kvm-constants
            header: linux/random.h
            groups:
              - name: RandomConstants
                form: constants
                values:
                  - { name: GRND_NONBLOCK, value: 0x0001 }
            """
        );

        var run = ToolRun.Of("verify", "linux/random.h", "--specs", _folder.FullName);

        Assert.Contains("left out on purpose (7)", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("linux/random.h:" + LineOf("RNDGETPOOL"), run.Output, StringComparison.Ordinal);
        Assert.Contains("RNDCLEARPOOL", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'linux/no_such_header.h' file not found", "linux/no_such_header.h")]
    [InlineData("is no header as C includes it", "/usr/include/linux/kvm.h")]
    [InlineData("is no header as C includes it", "linux/kvm.h\"")]
    [InlineData("nothing is declared there", "linux/stddef.h")]
    public void A_header_that_cannot_be_used_is_told(string error, string header)
    {
        Tools.RequireOrSkip();
        foreach (var option in new[] { "verify --specs", "import --into" })
        {
            var run = ToolRun.Of([option.Split(' ')[0], header, option.Split(' ')[1], _folder.FullName]);

            Assert.Equal(2, run.ExitCode);
            Assert.Contains(error, run.Error, StringComparison.Ordinal);
        }
        Assert.Empty(_folder.GetFileSystemInfos());
    }

    [Theory]
    [InlineData("a.yaml: line 2: ", "kind: kvm-structs\nstructs: [}\n")]
    [InlineData("begins with 'kind", "- a\n")]
    [InlineData("levels of nesting", "kind: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[")]
    public void A_spec_that_cannot_be_read_is_told(string error, string text)
    {
        Tools.RequireOrSkip();
        Write("a.yaml", text);

        var run = ToolRun.Of("verify", "linux/loop.h", "--specs", _folder.FullName);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(error, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_type_that_nothing_declares_is_told_at_its_line()
    {
        Tools.RequireOrSkip();
        var spec = Write(
            "loop.yaml",
            """
            kind: kvm-structs
            header: linux/loop.h
            structs:
              - name: loop_acme
                size: 8
                members:
                  - { name: x, type: acme_t }
            """
        );

        var run = ToolRun.Of("verify", "linux/loop.h", "--specs", _folder.FullName);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"{spec}:7: loop_acme: unknown type name 'acme_t'", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_dry_run_writes_nothing()
    {
        Tools.RequireOrSkip();
        var run = ToolRun.Of("import", "linux/loop.h", "--into", _folder.FullName, "--dry-run");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("would be new      struct loop_info64", run.Output, StringComparison.Ordinal);
        Assert.StartsWith("Nothing was written", run.Output, StringComparison.Ordinal);
        Assert.Empty(_folder.GetFileSystemInfos());
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static int LineOf(string macro) =>
        1
        + Array.FindIndex(
            File.ReadAllLines("/usr/include/linux/random.h"),
            line => line.StartsWith($"#define {macro}", StringComparison.Ordinal)
        );
}
