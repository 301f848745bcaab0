using System;
using System.Diagnostics;
using System.Text;
using VmcsGen.Oracle.Tests.Headers;
using Xunit;

namespace VmcsGen.Tool.Tests.Strace;

/// <summary>Lines of strace, made by hand and by strace.</summary>
public class StraceTests
{
    [Theory]
    [InlineData("ioctl(12, KVM_CREATE_VCPU, 0) = 13", "KVM_CREATE_VCPU (0x0000AE41) on 12 = 13")]
    [InlineData("ioctl(13, KVM_RUN, 0)                   = -1 EINTR (Interrupted system call)", "KVM_RUN (0x0000AE80) on 13 = -1 EINTR")]
    [InlineData(
        "[pid  4711] 12:00:00.1 ioctl(13</dev/kvm>, KVM_GET_API_VERSION, 0) = 12 <0.000012>",
        "KVM_GET_API_VERSION (0x0000AE00) on 13</dev/kvm> = 12"
    )]
    [InlineData("ioctl(5, _IOC(_IOC_READ, 0xae, 0x81, 0x90), 0x7ffd) = 0", "KVM_GET_REGS (0x8090AE81) on 5 = 0")]
    [InlineData("ioctl(5, 0x8090ae81, 0x7ffd) = 0", "KVM_GET_REGS (0x8090AE81) on 5 = 0")]
    [InlineData("ioctl(5, SOMETHING_ELSE or KVM_SET_TSS_ADDR, 0xfffbd000) = 0", "KVM_SET_TSS_ADDR (0x0000AE47) on 5 = 0")]
    [InlineData(
        "ioctl(11, KVM_SET_USER_MEMORY_REGION, {slot=0, flags=0, guest_phys_addr=0, memory_size=4096, userspace_addr=0x7f0000000000}) = -1 EEXIST (File exists)",
        "EEXIST: "
    )]
    public void A_call_is_told_by_name(string line, string words)
    {
        var run = ToolRun.Of(
            Encoding.ASCII.GetBytes($"openat(AT_FDCWD, \"/dev/kvm\", O_RDWR) = 3\nioctl(1, TCGETS, 0x7ff) = 0\n{line}\n"),
            "strace",
            "-"
        );

        Assert.Equal(0, run.ExitCode);
        Assert.Contains(words, run.Output, StringComparison.Ordinal);
        Assert.StartsWith("line 3: ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_calls_that_failed_are_shown_if_that_is_asked_for()
    {
        var run = ToolRun.Of(
            "ioctl(1, KVM_RUN, 0) = 0\nioctl(1, KVM_RUN, 0) = -1 ENOEXEC (Exec format error)\n"u8.ToArray(),
            "strace",
            "-",
            "--failed",
            "--json"
        );

        Assert.Contains("\"error\":\"ENOEXEC\"", run.Output, StringComparison.Ordinal);
        Assert.Single(run.Output.Trim().Split('\n'));
    }

    [Fact]
    public void Without_such_calls_that_is_told()
    {
        var run = ToolRun.Of("read(0, \"\", 1) = 0\n"u8.ToArray(), "strace", "-");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("there is no ioctl of KVM", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_strace_itself_prints_is_read()
    {
        Tools.RequireOrSkip();
        if (!Has("strace"))
            Assert.Skip("There is no strace to print calls: install strace.");
        using var directory = new ScratchDirectory();
        var source = directory.Write(
            "calls.c",
            "#include <sys/ioctl.h>\n#include <linux/kvm.h>\n"
                + "int main(void) { struct kvm_regs r; ioctl(-1, KVM_GET_REGS, &r); ioctl(-1, KVM_RUN, 0); return 0; }\n"
        );
        Tools.Run("gcc", "-o", directory.Path("calls"), source);
        var (exit, _, errors) = Tools.TryRun("strace", "-o", directory.Path("log"), "-e", "trace=ioctl", directory.Path("calls"));
        if (exit != 0)
            Assert.Skip($"strace may not trace here: {errors}");

        var run = ToolRun.Of("strace", directory.Path("log"), "--failed");

        Assert.Contains("KVM_GET_REGS (0x8090AE81) on -1 = -1 EBADF", run.Output, StringComparison.Ordinal);
        Assert.Contains("KVM_RUN (0x0000AE80) on -1 = -1 EBADF", run.Output, StringComparison.Ordinal);
    }

    private static bool Has(string program)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, "--version") { RedirectStandardOutput = true })!;
            process.WaitForExit();
            return true;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
