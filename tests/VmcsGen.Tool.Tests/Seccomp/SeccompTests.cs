using System;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using VmcsGen.Oracle.Tests.Headers;
using Xunit;

namespace VmcsGen.Tool.Tests.Seccomp;

/// <summary>Allow-lists, and filters that the kernel loads and obeys.</summary>
public class SeccompTests
{
    // On no descriptor: what passes the filter fails with EBADF (9), what does not with EPERM (1).
    private const string Child = """
        #include <errno.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <sys/ioctl.h>
        #include <sys/prctl.h>
        #include <sys/syscall.h>
        #include <unistd.h>
        #include <linux/filter.h>
        #include <linux/seccomp.h>
        int main(int count, char **arguments)
        {
            static struct sock_filter filter[8192];
            FILE *file = fopen(arguments[1], "rb");
            struct sock_fprog program = { .len = fread(filter, sizeof(filter[0]), 8192, file), .filter = filter };
            fclose(file);
            if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
                return 100;
            for (int i = 2; i < count; i++) {
                errno = 0;
                syscall(SYS_ioctl, -1, strtoul(arguments[i], 0, 0), 0);
                printf("%d\n", errno);
            }
            /* Other system calls pass. */
            return getppid() > 0 ? 0 : 101;
        }
        """;

    [Fact]
    public void A_filter_lets_the_list_through_and_nothing_else()
    {
        using var directory = new ScratchDirectory();
        var allowed = new[] { "KVM_CREATE_VM", "KVM_RUN", "KVM_GET_REGS", "KVM_SET_REGS", "KVM_CREATE_VCPU", "KVM_SET_USER_MEMORY_REGION" };
        var filter = Filter(directory, [.. allowed.SelectMany(static name => (string[])["-i", name])]);

        var (exit, errors) = Load(
            directory,
            filter,
            // KVM_CREATE_VM, KVM_RUN, KVM_GET_REGS, KVM_SET_USER_MEMORY_REGION (linux/kvm.h).
            "0xAE01",
            "0xAE80",
            "0x8090AE81",
            "0x4020AE46",
            // The kernel looks at the lower half alone.
            "0x10000AE80",
            // KVM_GET_SREGS, KVM_RUN with another size, TCGETS.
            "0x8138AE83",
            "0x4000AE80",
            "0x5401",
            "0xFFFFFFFF",
            "0"
        );

        Assert.Equal(0, exit);
        Assert.Equal([9, 9, 9, 9, 9, 1, 1, 1, 1, 1], errors);
    }

    [Fact]
    public void Every_ioctl_of_the_list_passes_a_filter_of_all()
    {
        using var directory = new ScratchDirectory();
        var requests = All().Select(static one => one.Request).Distinct().ToArray();
        Assert.True(requests.Length > 100);

        var (exit, errors) = Load(
            directory,
            Filter(directory),
            [.. requests, .. requests.Select(static request => $"0x{Parse(request) ^ 0x40:X}")]
        );

        Assert.Equal(0, exit);
        Assert.All(errors[..requests.Length], static error => Assert.Equal(9, error));
        Assert.All(
            requests.Zip(errors[requests.Length..]),
            pair => Assert.Equal(requests.Any(request => Parse(request) == (Parse(pair.First) ^ 0x40)) ? 9 : 1, pair.Second)
        );
    }

    [Fact]
    public void Ioctls_of_other_types_pass_if_that_is_asked_for()
    {
        using var directory = new ScratchDirectory();

        var (exit, errors) = Load(directory, Filter(directory, "-i", "KVM_RUN", "--pass-other-types"), "0xAE80", "0x5401", "0xAE01");

        Assert.Equal(0, exit);
        Assert.Equal([9, 9, 1], errors);
    }

    [Fact]
    public void A_forbidden_ioctl_ends_the_process_if_that_is_asked_for()
    {
        using var directory = new ScratchDirectory();

        // A shell's number for SIGSYS, or the signal's.
        Assert.NotEqual(0, Load(directory, Filter(directory, "-i", "KVM_RUN", "--kill"), "0xAE01").Exit);
        Assert.Equal(0, Load(directory, Filter(directory, "-i", "KVM_RUN", "--kill"), "0xAE80").Exit);
    }

    [Fact]
    public void The_list_says_what_each_ioctl_is_called_on()
    {
        var all = All();

        Assert.Contains(("system", "KVM_CREATE_VM", "0x0000AE01"), all);
        Assert.Contains(("vm", "KVM_CREATE_VCPU", "0x0000AE41"), all);
        Assert.Contains(("vcpu", "KVM_RUN", "0x0000AE80"), all);
        Assert.Contains(all, static one => one is { Kind: "vm", Name: "KVM_ENABLE_CAP" });
        Assert.Contains(all, static one => one is { Kind: "vcpu", Name: "KVM_ENABLE_CAP" });
    }

    [Fact]
    public void The_ioctls_of_a_programs_specs_are_allowed_with_those_that_it_names()
    {
        using var directory = new ScratchDirectory();
        var spec = directory.Write(
            "acme.vmcs.yaml",
            """
            kind: kvm-ioctls
            type: 0xB7
            ioctls:
              - { name: ACME_RESET, number: 3, direction: none, descriptor: Acme.Handle }
            """
        );

        var run = ToolRun.Of("seccomp", spec, "-i", "KVM_RUN");

        Assert.Empty(run.Error);
        using var json = JsonDocument.Parse(run.Output);
        var descriptors = json.RootElement.GetProperty("descriptors");
        Assert.Equal(
            "0x0000B703",
            Assert.Single(descriptors.GetProperty("Acme.Handle").EnumerateArray()).GetProperty("request").GetString()
        );
        Assert.Equal("KVM_RUN", Assert.Single(descriptors.GetProperty("vcpu").EnumerateArray()).GetProperty("name").GetString());
    }

    [Fact]
    public void A_filter_in_C_is_the_filter_in_bytes()
    {
        using var directory = new ScratchDirectory();
        Tools.RequireOrSkip();
        var filter = Filter(directory, "-i", "KVM_RUN", "-i", "KVM_CREATE_VM");
        var source = ToolRun.Of("seccomp", "-i", "KVM_RUN", "-i", "KVM_CREATE_VM", "--format", "c").Output;
        directory.Write(
            "write.c",
            $"#include <stdio.h>\n{source}\nint main(void) {{ return fwrite(ioctl_program.filter, sizeof(struct sock_filter), ioctl_program.len, stdout) != ioctl_program.len; }}\n"
        );
        Tools.Run("gcc", "-o", directory.Path("write"), directory.Path("write.c"));

        Assert.Equal(
            Convert.ToHexString(System.IO.File.ReadAllBytes(filter)),
            Tools.Run("sh", "-c", $"'{directory.Path("write")}' | od -An -v -tx1 | tr -d ' \\n'").ToUpperInvariant()
        );
    }

    [Theory]
    [InlineData("there is no ioctl 'KVM_RUNN'", "-i", "KVM_RUNN")]
    [InlineData("say by --output where to", "--format", "bpf")]
    public void What_cannot_be_done_is_told(string error, params string[] options)
    {
        var run = ToolRun.Of(["seccomp", .. options]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(error, run.Error, StringComparison.Ordinal);
    }

    private static (string Kind, string Name, string Request)[] All()
    {
        using var json = JsonDocument.Parse(ToolRun.Of("seccomp").Output);
        return
        [
            .. json
                .RootElement.GetProperty("descriptors")
                .EnumerateObject()
                .SelectMany(static kind =>
                    kind.Value.EnumerateArray()
                        .Select(one => (kind.Name, one.GetProperty("name").GetString()!, one.GetProperty("request").GetString()!))
                ),
        ];
    }

    private static string Filter(ScratchDirectory directory, params string[] options)
    {
        var path = directory.Path("filter");
        var run = ToolRun.Of(["seccomp", "--format", "bpf", "--output", path, .. options]);
        Assert.Empty(run.Error);
        return path;
    }

    private static (int Exit, int[] Errors) Load(ScratchDirectory directory, string filter, params string[] requests)
    {
        Tools.RequireOrSkip();
        Tools.Run("gcc", "-o", directory.Path("child"), directory.Write("child.c", Child));
        var (exit, output, _) = Tools.TryRun(directory.Path("child"), [filter, .. requests]);
        return (
            exit,
            [
                .. output
                    .Split('\n', StringSplitOptions.RemoveEmptyEntries)
                    .Select(static line => int.Parse(line, CultureInfo.InvariantCulture)),
            ]
        );
    }

    private static uint Parse(string text) => uint.Parse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
