using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using VmcsGen.Oracle.Tests.Headers;
using Xunit;

namespace VmcsGen.Tool.Tests.Import;

/// <summary><c>vmcsgen verify --running</c>: specs against the kernel that these tests run on.</summary>
public sealed class RunningKernelTests(ITestOutputHelper output) : IDisposable
{
    private static readonly string? s_missing = File.Exists("/sys/kernel/btf/vmlinux")
        ? File.Exists("/dev/kvm")
            ? null
            : "The running kernel has no KVM."
        : "The running kernel has no BTF.";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vmcsgen");

    [Fact]
    public void Specs_of_KVM_agree_with_the_running_kernel()
    {
        Assert.SkipWhen(s_missing is not null, s_missing ?? "");
        var run = ToolRun.Of("verify", "--running", "--specs", KvmImport.Folder, "--json");
        output.WriteLine(run.Output);

        Assert.Empty(run.Error);
        Assert.Equal(0, run.ExitCode);
        using var json = JsonDocument.Parse(run.Output);
        Assert.Equal(0, json.RootElement.GetProperty("differences").GetInt32());
        // As many of KVM's structs as a kernel for x86 uses.
        Assert.InRange(json.RootElement.GetProperty("structs").GetInt32(), 60, int.MaxValue);
    }

    [Fact]
    public void A_member_in_a_wrong_place_is_told_at_its_line_in_text_and_SARIF()
    {
        Assert.SkipWhen(s_missing is not null, s_missing ?? "");
        var spec = Path.Combine(_folder.FullName, "regs.yaml");
        File.WriteAllText(
            spec,
            """
            kind: kvm-structs
            header: linux/kvm.h
            structs:
              - name: kvm_mp_state
                members:
                  - { name: mp_state, type: __u32 }
              - name: kvm_dtable
                members:
                  - { name: base, type: __u64 }
                  - { name: limit, type: __u32 }
                  - { name: padding, type: "__u16[2]" }
            """
        );
        var sarif = Path.Combine(_folder.FullName, "out.sarif");

        var run = ToolRun.Of("verify", "--running", "--specs", _folder.FullName, "--sarif", sarif);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("2 structs, 0 ioctls and 0 constants in the kernel", run.Output, StringComparison.Ordinal);
        Assert.Contains($"{spec}:7: struct kvm_dtable: 'limit' is an unsigned integer of 16 bits", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("kvm_mp_state", run.Output, StringComparison.Ordinal);
        using var log = JsonDocument.Parse(File.ReadAllText(sarif));
        var lines = log
            .RootElement.GetProperty("runs")[0]
            .GetProperty("results")
            .EnumerateArray()
            .Select(static one => one.GetProperty("locations")[0].GetProperty("physicalLocation").GetProperty("region"))
            .Select(static region => region.GetProperty("startLine").GetInt32());
        Assert.All(lines, static line => Assert.Equal(7, line));
    }

    [Fact]
    public void Specs_of_which_the_kernel_has_nothing_are_told()
    {
        Assert.SkipWhen(s_missing is not null, s_missing ?? "");
        File.WriteAllText(
            Path.Combine(_folder.FullName, "acme.yaml"),
            "kind: kvm-structs\nstructs:\n  - name: acme_state\n    members:\n      - { name: x, type: __u32 }\n"
        );

        var run = ToolRun.Of("verify", "--running", "--specs", _folder.FullName);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("the running kernel has none of these structs", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Headers_and_the_running_kernel_are_two_comparisons()
    {
        var run = ToolRun.Of("verify", "linux/kvm.h", "--running", "--specs", KvmImport.Folder);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("name one of them", run.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
