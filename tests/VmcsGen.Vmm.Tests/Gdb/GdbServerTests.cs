using System;
using System.Linq;
using System.Net;
using System.Threading;
using VmcsGen.Vmm.Tests.Testing;
using Xunit;

namespace VmcsGen.Vmm.Tests.Gdb;

/// <summary>Debian's gdb debugs a guest.</summary>
[Trait("Needs", "Kvm")]
public class GdbServerTests
{
    [Fact]
    public void Breakpoint_by_symbol_is_met_variables_are_read_and_the_stack_is_seen()
    {
        using DebuggedProgram program = new();
        var output = program.Debug(
            "print $rip == (unsigned long)&_start",
            "break twice",
            "continue",
            "backtrace",
            "print number",
            "print counter",
            "print pairs",
            "continue",
            "print counter",
            "print pairs[0].second",
            "info registers rip eflags cr0 cs"
        );
        Assert.Contains("$1 = 1", output, StringComparison.Ordinal); // The guest waited before its first instruction.
        Assert.Contains("Breakpoint 1, twice (number=1)", output, StringComparison.Ordinal);
        Assert.Matches(@"#1 .*add \(a=10, b=1\)[\s\S]*#2 .*work[\s\S]*#3 .*_start", output);
        Assert.Contains("$3 = 1\n", output, StringComparison.Ordinal);
        Assert.Contains("$4 = {{first = 1, second = 10}, {first = 2, second = 20}}", output, StringComparison.Ordinal);
        Assert.Contains("$5 = 2\n", output, StringComparison.Ordinal);
        Assert.Contains("$6 = 12\n", output, StringComparison.Ordinal);
        Assert.Matches(@"cs +0x10", output);
        Assert.Matches(@"cr0 +0x800000[0-9a-f]{2}", output);
    }

    [Fact]
    public void Steps_go_by_instruction_and_by_line_and_a_function_finishes()
    {
        using DebuggedProgram program = new();
        var output = program.Debug(
            "break add",
            "continue",
            "stepi",
            "print (unsigned long)$rip - (unsigned long)&add",
            "break twice",
            "continue",
            "finish",
            "next",
            "next"
        );
        Assert.Matches(@"\$1 = [1-9]", output);
        Assert.Contains("Value returned is $2 = 2", output, StringComparison.Ordinal);
        Assert.Contains("work ()", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Hardware_breakpoint_is_met()
    {
        using DebuggedProgram program = new();
        var output = program.Debug("hbreak add", "continue", "delete", "print a", "hbreak twice", "continue", "print number");
        Assert.Contains("Breakpoint 1, add", output, StringComparison.Ordinal);
        Assert.Contains("$1 = 10", output, StringComparison.Ordinal);
        Assert.Contains("Breakpoint 2, twice", output, StringComparison.Ordinal);
        Assert.Contains("$2 = 1\n", output, StringComparison.Ordinal);
    }

    // As on QEMU's emulation of SVM, whatever the host's KVM does.
    [Fact]
    public void Without_help_of_KVM_breakpoints_in_the_kernels_half_stop_the_guest_and_watchpoints_are_refused()
    {
        using DebuggedProgram program = new(abilities: new(false, false, SingleSteps: true, SingleStepsAtCpl3: true), inKernelHalf: true);
        // Behind 'push %rbp; mov %rsp, %rbp', whose first is of one byte: there the guest goes by steps.
        const int body = 4;
        var half = $"0x{DebuggedProgram.KernelHalf:x}";
        var output = program.Debug(
            $"x/4xb {half} + (long)&twice + {body}",
            $"break *({half} + (long)&twice + {body})",
            $"hbreak *({half} + (long)&add + {body})",
            "continue",
            $"print (long)$rip - {half} == (long)&add + {body}",
            "print $rdi",
            "continue",
            $"print (long)$rip - {half} == (long)&twice + {body}",
            $"x/4xb {half} + (long)&twice + {body}",
            "stepi",
            $"print (long)$rip - {half} - (long)&twice > {body}",
            "print counter",
            "continue",
            "print counter",
            "delete",
            $"hbreak *({half} + (long)&work)",
            "continue",
            $"print (long)$rip - {half} == (long)&work",
            "delete",
            "watch counter",
            "python\ntry:\n  gdb.execute('continue')\nexcept gdb.error as problem:\n  print('not watched:', problem)"
        );
        string[] answers = ["$1 = 1\n", "$2 = 10\n", "$3 = 1\n", "$4 = 1\n", "$5 = 1\n", "$6 = 2\n", "$7 = 1\n"];
        Assert.All(answers, answer => Assert.Contains(answer, output, StringComparison.Ordinal));
        Assert.Contains("not watched: Command aborted", output, StringComparison.Ordinal);
        var code = output.Split('\n').Where(static line => line.Contains("\t0x", StringComparison.Ordinal)).ToArray();
        Assert.Equal(2, code.Length);
        Assert.Equal(code[0], code[1]);
    }

    [Fact]
    public void Memory_and_registers_are_written_and_breakpoints_are_hidden()
    {
        using DebuggedProgram program = new();
        var output = program.Debug(
            "x/4xb &work",
            "break *&work",
            "break add",
            "continue",
            "continue",
            "x/4xb &work",
            "set var counter = 1000",
            "print counter",
            "set var $rbx = 0x1122334455667788",
            "print/x $rbx",
            "set var $xmm3.v2_int64[1] = 77",
            "print $xmm3.v2_int64[1]",
            "set var mayEnd = 1",
            "delete",
            "continue"
        );
        var code = output[output.IndexOf("<work>:", StringComparison.Ordinal)..].Split('\n')[0];
        Assert.DoesNotContain("0xcc", code, StringComparison.Ordinal);
        Assert.Equal(2, output.Split(code).Length - 1);
        Assert.Contains("$1 = 1000", output, StringComparison.Ordinal);
        Assert.Contains("$2 = 0x1122334455667788", output, StringComparison.Ordinal);
        Assert.Contains("$3 = 77", output, StringComparison.Ordinal);
        Assert.Contains("exited normally", output, StringComparison.Ordinal);
        AssertEnds(program);
    }

    [Fact]
    public void Unmapped_memory_is_an_error_of_gdb_and_no_end()
    {
        using DebuggedProgram program = new();
        var output = program.Debug("x/x 0xffff800000000000", "x/x 0xd0000000", "break *0xffff800000000000", "print counter");
        Assert.Contains("$1 = 0", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Guest_goes_on_after_a_detach_without_breakpoints_and_another_debugger_may_come()
    {
        using DebuggedProgram program = new();
        program.Debug("break work", "continue", "detach");
        var before = program.Writes;
        Assert.True(SpinWait.SpinUntil(() => program.Writes > before + 3, TimeSpan.FromSeconds(30)), "The guest does not go on.");
        var output = program.Debug("print counter > 3", "break twice", "continue", "print number", "kill");
        Assert.Contains("$1 = 1", output, StringComparison.Ordinal);
        Assert.Contains("$2 = 1", output, StringComparison.Ordinal);
        AssertEnds(program);
    }

    [Fact]
    public void Every_vCPU_is_a_thread_and_one_steps_while_the_others_stand()
    {
        using DebuggedProgram program = new(vcpus: 3);
        var output = program.Debug(
            "info threads",
            "break add",
            "continue",
            "delete",
            "set scheduler-locking on",
            "thread 3",
            "set var $r15 = 7",
            "stepi",
            "stepi",
            "thread 2",
            "print $r15",
            "thread 3",
            "print $r15"
        );
        Assert.Contains("Thread 3 (vCPU 2)", output, StringComparison.Ordinal);
        Assert.Contains("$1 = 0\n", output, StringComparison.Ordinal);
        Assert.Contains("$2 = 7\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Debugger_is_served_on_a_UNIX_socket_and_others_machines_are_not()
    {
        using DebuggedProgram program = new(onUnixSocket: true);
        Assert.Contains("$1 = 20", program.Debug("print pairs[1].second"), StringComparison.Ordinal);
        var refusal = Assert.Throws<ArgumentException>(() =>
            new GdbServer(program.Threads, program.Vm.Memory, new IPEndPoint(IPAddress.Any, 0))
        );
        Assert.Contains("loopback", refusal.Message, StringComparison.Ordinal);
    }

    private static void AssertEnds(DebuggedProgram program) =>
        Assert.True(SpinWait.SpinUntil(() => program.Threads.Ended.IsCompleted, TimeSpan.FromSeconds(30)), "The guest does not end.");
}
