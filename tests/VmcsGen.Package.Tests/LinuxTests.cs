using System.Threading.Tasks;
using Xunit;

namespace VmcsGen.Package.Tests;

/// <summary>Debian's kernel boots under samples/Vmm, with its filter of system calls, to a shell that is typed at.</summary>
// One emulated machine at a time: two slow each other down until tests give up.
[Collection(nameof(LinuxRun))]
public sealed class LinuxTests(LinuxRun linux) : IClassFixture<LinuxRun>
{
    [Theory]
    [InlineData("the guest reaches user space")]
    [InlineData("the shell answers what is typed: Linux version ")]
    [InlineData("both of the guest's processors run")]
    [InlineData("the guest reads from the disk what was put there")]
    [InlineData("the guest's writes are in the file")]
    [InlineData("the guest reads a file by its name from the firmware configuration device")]
    [InlineData("a mebibyte goes over the guest's sockets to a program of the host and back")]
    [InlineData("a mebibyte goes from a program of the host to one of the guest and back")]
    [InlineData("the clock's alarm interrupts the guest, ")]
    public Task Linux_boots_to_a_shell_with_two_processors_and_their_devices(string evidence) => linux.FindsRight(evidence);

    [Theory]
    [InlineData("gdb reads the kernel's banner by its symbol")]
    [InlineData("gdb's breakpoint at ksys_write is met, jiffies is ")]
    [InlineData("gdb's watchpoint on jiffies is met", "gdb says that this KVM stops at no watchpoints")]
    [InlineData("the guest goes on when gdb leaves")]
    public Task Gdb_debugs_the_kernel_by_its_symbols(params string[] evidence) => linux.FindsRight(evidence);

    [Theory]
    [InlineData("the guest counted to ")]
    [InlineData("a new process goes on with ")]
    [InlineData("in the new process the guest's sockets work too")]
    [InlineData("what it wrote in the new process is in the file")]
    public Task Linux_goes_on_in_another_process(string evidence) => linux.FindsRight(evidence);

    [Theory]
    [InlineData("the guest's core was written: ")]
    [InlineData("gdb opens the core and reads the same variables")]
    public Task Gdb_opens_the_kernels_core(string evidence) => linux.FindsRight(evidence);

    [Fact]
    public async Task Linux_turns_the_machine_off_and_the_monitor_succeeds()
    {
        await linux.FindsRight("the guest turned the machine off, exit code 0");
        await linux.Ends();
    }
}
