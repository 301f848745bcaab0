using System;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using VmcsGen.Kvm;
using VmcsGen.Vmm.Tests.Testing;
using Xunit;

namespace VmcsGen.Vmm.Tests.Privileges;

/// <summary>The kernel's word on what a filter lets through, by a thread that is under it.</summary>
public partial class SeccompFilterTests
{
    private const int Permission = 1; // EPERM
    private const int NoSuchProcess = 3; // ESRCH
    private const int BadDescriptor = 9; // EBADF
    private const int NotImplemented = 38; // ENOSYS

    private const nint Ioctl = 16;
    private const nint Clone = 56;
    private const nint Tgkill = 234;

    // Calls with arguments that do no harm where they are let through: the errno is then another one.
    [Theory]
    [InlineData("execve", 59)]
    [InlineData("execveat", 322)]
    [InlineData("socketpair", 53)]
    [InlineData("connect", 42)]
    [InlineData("bind", 49)]
    [InlineData("listen", 50)]
    [InlineData("kill", 62)]
    [InlineData("ptrace", 101)]
    [InlineData("mount", 165)]
    [InlineData("process_vm_writev", 311)]
    [InlineData("bpf", 321)]
    public void Call_that_no_monitor_needs_fails(string name, int number)
    {
        var (before, under) = Under(SeccompFilter.ForVmm(), () => Errno(number, int.MaxValue, int.MaxValue, int.MaxValue));

        Assert.False(before is 0 or Permission, $"{name}: {before}");
        Assert.Equal((name, Permission), (name, under));
    }

    [Theory]
    [InlineData(KvmIoctl.KVM_RUN)]
    [InlineData(KvmIoctl.KVM_CREATE_VM)]
    [InlineData(KvmIoctl.KVM_SET_USER_MEMORY_REGION)]
    public void Ioctl_of_KVM_comes_to_its_descriptor(uint ioctl)
    {
        var (before, under) = Under(SeccompFilter.ForVmm(), () => Errno(Ioctl, -1, (nint)ioctl, 0));
        Assert.Equal((BadDescriptor, BadDescriptor), (before, under));
    }

    [Theory]
    [InlineData(0x5412)] // TIOCSTI
    [InlineData(0x541C)] // TIOCLINUX
    [InlineData(0x5422)] // TIOCSETD
    [InlineData(0x4008_7601)]
    public void Ioctl_that_nobody_named_does_not(int request)
    {
        var (before, under) = Under(SeccompFilter.ForVmm(), () => Errno(Ioctl, -1, request, 0));
        Assert.Equal((BadDescriptor, Permission), (before, under));
    }

    [Fact]
    public void Ioctls_are_those_that_are_stated()
    {
        var filter = SeccompFilter.ForVmm(ioctls: [KvmIoctl.KVM_RUN, KvmIoctl.KVM_IRQ_LINE]);
        var (_, run) = Under(filter, static () => Errno(Ioctl, -1, (nint)KvmIoctl.KVM_RUN, 0));
        var (_, create) = Under(filter, static () => Errno(Ioctl, -1, (nint)KvmIoctl.KVM_CREATE_VM, 0));
        Assert.Equal((BadDescriptor, Permission), (run, create));
    }

    [Fact]
    public void Monitor_that_says_so_connects_to_UNIX_sockets_alone()
    {
        var filter = SeccompFilter.ForVmm(connects: true);
        var connect = Only(filter, static () => Errno(42, -1, 0, 0));
        var unix = Only(filter, static () => Errno(41, 1, 99, 0)); // No such type (EINVAL).
        var internet = Only(filter, static () => Errno(41, 2, 1, 0));
        var bind = Only(filter, static () => Errno(49, -1, 0, 0));
        Assert.Equal((BadDescriptor, 22, Permission, Permission), (connect, unix, internet, bind));
        Assert.Equal(Permission, Only(SeccompFilter.ForVmm(), static () => Errno(41, 1, 1, 0)));
    }

    [Fact]
    public void Threads_may_be_started_and_processes_may_not()
    {
        // CLONE_THREAD without CLONE_SIGHAND is a mistake of its own (EINVAL).
        var (_, thread) = Under(SeccompFilter.ForVmm(), static () => Errno(Clone, 0x1_0000, 0, 0));
        var process = Only(SeccompFilter.ForVmm(), static () => Errno(Clone, 17, 0, 0)); // SIGCHLD: fork
        var (_, newer) = Under(SeccompFilter.ForVmm(), static () => Errno(435, 0, 0, 0));
        Assert.Equal((22, Permission, NotImplemented), (thread, process, newer));
    }

    [Fact]
    public void Signals_go_to_threads_of_the_process_alone()
    {
        var (before, own) = Under(SeccompFilter.ForVmm(), static () => Errno(Tgkill, Environment.ProcessId, int.MaxValue, 0));
        var (_, other) = Under(SeccompFilter.ForVmm(), static () => Errno(Tgkill, 1, 1, 0));
        Assert.Equal((NoSuchProcess, NoSuchProcess, Permission), (before, own, other));
    }

    [Fact]
    public void Runtime_goes_on_under_it()
    {
        using TemporaryFolder folder = new();
        var path = folder.File("written");
        var (_, length) = Under(
            SeccompFilter.ForVmm(),
            () =>
            {
                File.WriteAllText(path, "text");
                File.Move(path, path + "2", overwrite: true);
                GC.Collect();
                var started = new Thread(static () => Thread.Sleep(1));
                started.Start();
                started.Join();
                return (int)new FileInfo(path + "2").Length;
            }
        );
        Assert.Equal(4, length);
    }

    // In a process of its own, which the kernel ends.
    [Theory]
    [InlineData(SeccompAction.Fail, 0, "1")]
    [InlineData(SeccompAction.KillProcess, 128 + 31, "")]
    public void Action_is_what_becomes_of_other_calls(SeccompAction action, int exitCode, string errno)
    {
        Tool.Require("gcc", "gcc");
        using TemporaryFolder folder = new();
        var source = folder.File("process.c");
        File.WriteAllText(
            source,
            $$"""
            #include <errno.h>
            #include <linux/filter.h>
            #include <linux/seccomp.h>
            #include <stdio.h>
            #include <sys/prctl.h>
            #include <sys/syscall.h>
            #include <unistd.h>
            static struct sock_filter filter[] = { {{string.Join(", ", SeccompFilter.ForVmm(action).Program)}} };
            int main(void)
            {
                struct sock_fprog program = { sizeof filter / sizeof filter[0], filter };
                if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program))
                    return 99;
                syscall(SYS_socket, 1, 1, 0);
                printf("%d\n", errno);
                return 0;
            }
            """
        );
        Tool.Run("gcc", "-o", folder.File("process"), source);

        // The shell tells of a signal by an exit code.
        var output = Tool.Run("sh", "-c", $"'{folder.File("process")}' 2>/dev/null; echo $?")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(errno.Length == 0 ? [$"{exitCode}"] : [errno, $"{exitCode}"], output);
    }

    [Fact]
    public void Numbers_are_those_of_the_kernels_headers()
    {
        Tool.Require("gcc", "gcc");
        using TemporaryFolder folder = new();
        var source = folder.File("numbers.c");
        string[] names =
        [
            .. Enum.GetValues<SystemCall>().Select(static call => NativeName(call)),
            .. Enum.GetValues<TerminalRequest>().Select(static request => NativeName(request)),
        ];
        File.WriteAllText(
            source,
            "#include <stdio.h>\n#include <asm/unistd.h>\n#include <asm/ioctls.h>\nint main(void) {\n"
                + string.Concat(names.Select(static name => $"printf(\"%d\\n\", (int){name});\n"))
                + "return 0; }\n"
        );
        Tool.Run("gcc", "-o", folder.File("numbers"), source);

        int[] own =
        [
            .. Enum.GetValues<SystemCall>().Select(static call => (int)call),
            .. Enum.GetValues<TerminalRequest>().Select(static one => (int)one),
        ];
        Assert.Equal(own, Tool.Run(folder.File("numbers")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse));

        static string NativeName<T>(T value)
            where T : struct, Enum =>
            typeof(T)
                .GetField(value.ToString())!
                .GetCustomAttributesData()
                .Single(static a => a.AttributeType.Name == "NativeNameAttribute")
                .ConstructorArguments[0]
                .Value!.ToString()!;
    }

    private static (int Before, int Under) Under(SeccompFilter filter, Func<int> action) => (action(), Only(filter, action));

    // The filter stays with the thread, which ends.
    private static int Only(SeccompFilter filter, Func<int> action)
    {
        var under = 0;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                filter.ApplyToThread();
                under = action();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        Assert.Null(failure);
        return under;
    }

    private static int Errno(nint number, nint first, nint second, nint third) =>
        SystemCallOf(number, first, second, third, 0, 0, 0) == -1 ? Marshal.GetLastPInvokeError() : 0;

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCallOf(nint number, nint first, nint second, nint third, nint fourth, nint fifth, nint sixth);
}
