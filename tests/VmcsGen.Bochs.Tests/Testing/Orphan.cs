using System;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading;

namespace VmcsGen.Vmx.Bochs.Tests.Testing;

/// <summary>
/// Another process with a machine, to be killed. It is this test program, told by an environment variable to start a machine
/// instead of running tests.
/// </summary>
internal static class Orphan
{
    private const string Variable = "VMCSGEN_TEST_ORPHAN";

    /// <summary>Starts the process and returns it with the shell's id and the directory of its machine.</summary>
    public static (Process Process, int ShellId, string Directory) Start()
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [typeof(Orphan).Assembly.Location])
        {
            RedirectStandardOutput = true,
            Environment = { [Variable] = "1" },
        };
        if (!Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal))
            start.ArgumentList.Clear();
        var process = Process.Start(start)!;
        var words = (process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The other process says nothing.")).Split(
            ' '
        );
        return (process, int.Parse(words[0], CultureInfo.InvariantCulture), words[1]);
    }

#pragma warning disable CA2255 // The test framework owns the entry point.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void BecomeOrphan()
    {
        if (Environment.GetEnvironmentVariable(Variable) != "1")
            return;
        var machine = BochsMachine.Start();
        Console.WriteLine($"{machine.ProcessId} {machine.Directory}");
        Thread.Sleep(Timeout.Infinite);
    }
}
