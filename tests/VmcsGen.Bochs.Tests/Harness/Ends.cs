using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using VmcsGen.Vmx.Bochs.Tests.Testing;
using VmcsGen.Vmx.RingZero;
using Xunit;

namespace VmcsGen.Vmx.Bochs.Tests.Harness;

/// <summary>However a machine ends: nothing hangs, and nothing is left running or on disk.</summary>
public class Ends
{
    [Fact]
    public void Dispose_ends_the_emulator_and_removes_its_files()
    {
        var machine = TestMachine.Start();
        var emulator = Emulator(machine.ProcessId);
        Assert.True(Directory.Exists(machine.Directory));

        machine.Dispose();
        machine.Dispose();

        Patience.Await(() => !ProcessTree.IsAlive(emulator), "the emulator ends");
        Assert.False(Directory.Exists(machine.Directory));
    }

    [Fact]
    public void Death_of_the_emulator_between_commands_gives_an_exception()
    {
        using var machine = TestMachine.Start();
        Process.GetProcessById(Emulator(machine.ProcessId)).Kill();

        var failure = Assert.Throws<RingZeroException>(() => Repeat(() => machine.Cpu.ReadMsr(0x10)));

        Assert.Contains("ring-0 agent", failure.Message, StringComparison.Ordinal);
        Patience.Await(() => !Directory.Exists(machine.Directory), "its files are removed");
    }

    [Fact]
    public void Death_of_the_emulator_during_a_command_gives_an_exception()
    {
        using var machine = TestMachine.Start();
        var emulator = Process.GetProcessById(Emulator(machine.ProcessId));
        using var killer = new Timer(_ => emulator.Kill(), null, 200, Timeout.Infinite);

        // Far more than 200 ms of work.
        Assert.Throws<RingZeroException>(() => Repeat(() => machine.Cpu.Memory.Read(machine.Cpu.FreeMemory.Start, new byte[0x10_0000])));
    }

    [Fact]
    public void A_triple_fault_gives_an_exception_with_what_the_emulator_says()
    {
        using var machine = TestMachine.Start();

        // Without paging structures the next instruction faults, and so does the fault's delivery.
        var failure = Assert.Throws<RingZeroException>(() =>
            machine.Cpu.WriteControlRegister(ControlRegister.Cr3, machine.Cpu.FreeMemory.Start)
        );

        Assert.Contains("3rd", failure.MachineOutput, StringComparison.Ordinal);
        Assert.Contains(failure.MachineOutput!, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_agent_that_does_not_answer_in_time_gives_an_exception()
    {
        using var machine = TestMachine.Start();
        machine.Cpu.Timeout = TimeSpan.FromMilliseconds(100);
        // Half a request: the agent waits for the rest, and takes the next one for it.
        machine.Line.Write([AgentFrame.Request, 0xFF, 0, 0, 0]);

        var failure = Assert.Throws<RingZeroException>(() => machine.Cpu.ReadMsr(0x10));

        Assert.Contains("did not answer within 100 ms", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_Bochs_does_not_know_is_refused_with_what_Bochs_says()
    {
        TestMachine.SkipWithoutBochs();
        var before = Directory.GetDirectories(Path.GetTempPath(), "vmcsgen-bochs-*");

        var failure = Assert.Throws<RingZeroException>(() => BochsMachine.Start("corei7_none"));

        Assert.Contains("'corei7_none'", failure.Message, StringComparison.Ordinal);
        Assert.Contains("wrong value for parameter 'model'", failure.MachineOutput, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(Path.GetTempPath(), "vmcsgen-bochs-*").Except(before));
    }

    [Fact]
    public void Without_Bochs_on_the_PATH_the_message_says_what_to_install()
    {
        var path = Environment.GetEnvironmentVariable("PATH");
        try
        {
            Environment.SetEnvironmentVariable("PATH", "/nowhere");
            Assert.Contains("apt-get install bochs", BochsMachine.Probe(), StringComparison.Ordinal);
            Assert.Throws<PlatformNotSupportedException>(() => BochsMachine.Start());
        }
        finally
        {
            Environment.SetEnvironmentVariable("PATH", path);
        }
    }

    [Fact]
    public void The_emulator_ends_with_a_process_that_is_killed_and_its_files_go_too()
    {
        TestMachine.SkipWithoutBochs();
        var (process, shell, directory) = Orphan.Start();
        using (process)
        {
            var emulator = Emulator(shell);
            Assert.True(Directory.Exists(directory));

            process.Kill();
            process.WaitForExit();

            Patience.Await(() => !ProcessTree.IsAlive(emulator) && !ProcessTree.IsAlive(shell), "the emulator ends");
            Assert.False(Directory.Exists(directory));
        }
    }

    private static int Emulator(int shell) => Assert.Single(ProcessTree.Children(shell, "bochs"));

    private static void Repeat(Action action)
    {
        while (true)
            action();
    }
}
