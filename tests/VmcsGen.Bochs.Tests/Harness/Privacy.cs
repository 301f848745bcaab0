using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using VmcsGen.Vmx.Bochs.Tests.Testing;
using Xunit;

namespace VmcsGen.Vmx.Bochs.Tests.Harness;

/// <summary>A machine is this user's alone.</summary>
public class Privacy
{
    [Fact]
    public void Nothing_of_a_machine_has_a_socket_of_the_network()
    {
        using var machine = TestMachine.Start();
        var emulator = Emulator(machine);

        foreach (var process in (int[])[machine.ProcessId, emulator])
            Assert.Empty(Sockets.Of(process).Intersect(Sockets.OfTheNetwork(process)));
        // The check sees a socket where there is one.
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Assert.NotEmpty(Sockets.Of(Environment.ProcessId).Intersect(Sockets.OfTheNetwork(Environment.ProcessId)));
    }

    [Fact]
    public void Machines_start_while_every_port_of_a_display_is_taken()
    {
        TestMachine.SkipWithoutBochs();
        List<TcpListener> taken = [];
        try
        {
            for (var port = 5900; port < 5950; port++)
                Take(taken, port);

            using var first = BochsMachine.Start();
            using var second = BochsMachine.Start();
            using var third = BochsMachine.Start();

            foreach (var machine in (BochsMachine[])[first, second, third])
                Assert.NotEqual(0u, machine.Cpu.Cpuid(1).Ecx & (1 << 5));
        }
        finally
        {
            foreach (var listener in taken)
                listener.Dispose();
        }
    }

    [Fact]
    public void No_other_user_can_be_the_processor()
    {
        using var machine = TestMachine.Start();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(machine.Line.Path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(machine.Directory));
        if (Environment.IsPrivilegedProcess)
        {
            // Nobody, literally.
            using var stranger = Process.Start(
                "setpriv",
                ["--reuid=65534", "--clear-groups", "sh", "-c", $"exec 2>&-; : >{machine.Line.Path}"]
            );
            stranger.WaitForExit();
            Assert.NotEqual(0, stranger.ExitCode);
        }
        Assert.Equal(0x500UL, machine.Cpu.ReadMsr(0xC000_0080));
    }

    [Fact]
    public void Without_the_display_that_opens_no_port_the_message_says_what_to_install()
    {
        TestMachine.SkipWithoutBochs();
        const string Variable = "LTDL_LIBRARY_PATH";
        var before = Environment.GetEnvironmentVariable(Variable);
        var empty = Directory.CreateTempSubdirectory("vmcsgen-plugins-");
        try
        {
            Environment.SetEnvironmentVariable(Variable, empty.FullName);

            Assert.Contains("apt-get install bochs-term", BochsMachine.Probe(), StringComparison.Ordinal);
            Assert.Throws<PlatformNotSupportedException>(() => BochsMachine.Start());
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, before);
            empty.Delete();
        }
    }

    private static int Emulator(BochsMachine machine) => Assert.Single(ProcessTree.Children(machine.ProcessId, "bochs"));

    private static void Take(List<TcpListener> taken, int port)
    {
        var listener = new TcpListener(IPAddress.Any, port);
        try
        {
            listener.Start();
            taken.Add(listener);
        }
        catch (SocketException)
        {
            listener.Dispose(); // Somebody else has it, which is as good.
        }
    }
}
