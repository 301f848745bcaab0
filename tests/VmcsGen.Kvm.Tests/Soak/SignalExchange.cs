using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Threading;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Soak;

/// <summary>
/// Many VMs signal one another by ioeventfd and irqfd. VMCSGEN_STRESS_SECONDS says for how long; without it, for 10 seconds.
/// </summary>
public class SignalExchange(ITestOutputHelper output)
{
    private const string DurationVariable = "VMCSGEN_STRESS_SECONDS";
    private const long LeastHops = 10;

    private static readonly int s_machines = TestHost.Many(50, emulated: 5);

    // Far beyond what a loaded machine needs for one signal.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);

    [Fact]
    public void Many_VMs_with_two_vCPUs_each_exchange_signals_and_lose_none()
    {
        TestHost.SkipInLab("amd", "QEMU's emulation of SVM was seen to deliver one interrupt twice: one signal was sent, and two came.");
        using var host = TestHost.Open(
            KvmCapability.Irqchip,
            KvmCapability.Irqfd,
            KvmCapability.IrqRouting,
            KvmCapability.Ioeventfd,
            KvmCapability.MpState
        );
        var wanted = Environment.GetEnvironmentVariable(DurationVariable) ?? "10";
        var duration = TimeSpan.FromSeconds(double.Parse(wanted, CultureInfo.InvariantCulture));
        var machines = Enumerable.Range(0, s_machines).Select(_ => new SignalMachine(host)).ToArray();
        var connections = Connect(machines);
        try
        {
            foreach (var machine in machines)
                machine.Start();
            foreach (var connection in connections)
                connection.Start();
            var start = Stopwatch.GetTimestamp();
            WaitForAll(machines, connections, connection => Stopwatch.GetElapsedTime(start) >= duration && connection.Hops >= LeastHops);
            var hops = connections.Sum(static connection => connection.Hops);
            var elapsed = Stopwatch.GetElapsedTime(start);

            foreach (var machine in machines)
                machine.KeepTokens();
            WaitForAll(machines, connections, static connection => connection.IsSettled);
            foreach (var connection in connections)
                connection.Stop();

            var faults = connections.Select(static connection => connection.Audit()).OfType<string>().ToArray();
            Report(connections, hops, elapsed);
            Assert.Empty(faults);
            Assert.All(connections, static connection => Assert.Null(connection.Failure));
        }
        finally
        {
            // The VMs first: a relay ends by itself, a vCPU by its kick.
            foreach (var machine in machines)
                machine.Dispose();
            foreach (var connection in connections)
                connection.Dispose();
        }
        Assert.All(machines, static machine => Assert.Null(machine.Failure));
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public void Accounting_is_right_for_one_signal_and_for_no_other_number(int signals, bool isRelayed)
    {
        using var host = TestHost.Open(
            KvmCapability.Irqchip,
            KvmCapability.Irqfd,
            KvmCapability.IrqRouting,
            KvmCapability.Ioeventfd,
            KvmCapability.MpState
        );
        using var first = new SignalMachine(host);
        using var second = new SignalMachine(host);
        using var connection = new SignalConnection(first, 0, second, 1, isRelayed);
        first.KeepTokens();
        second.KeepTokens();
        first.Start();
        second.Start();

        if (signals > 0)
        {
            connection.Start();
            Worker.Await(() => connection.IsSettled);
        }
        if (signals > 1)
        {
            connection.First.Interrupt.Signal();
            Worker.Await(() => connection.First.Kept == 2);
        }

        connection.Stop();
        Assert.Equal(signals == 1, connection.Audit() is null);
    }

    // Each vCPU of a VM is connected with the same vCPU of the next VM: the first inside the kernel, the second by a thread.
    private static SignalConnection[] Connect(SignalMachine[] machines)
    {
        List<SignalConnection> connections = [];
        for (var i = 0; i < machines.Length; i++)
        {
            for (var vcpu = 0; vcpu < SignalMachine.Vcpus; vcpu++)
            {
                var lane = vcpu * SignalMachine.LanesPerVcpu;
                var next = machines[(i + 1) % machines.Length];
                connections.Add(new SignalConnection(machines[i], lane, next, lane + 1, isRelayed: vcpu == 1));
            }
        }
        return [.. connections];
    }

    /// <summary>Waits until something is so of every connection; one on which no signal arrives meanwhile has lost one.</summary>
    private static void WaitForAll(SignalMachine[] machines, SignalConnection[] connections, Func<SignalConnection, bool> condition)
    {
        var seen = connections.Select(static connection => (connection.Hops, Since: Stopwatch.GetTimestamp())).ToArray();
        while (true)
        {
            var isDone = true;
            for (var i = 0; i < connections.Length; i++)
            {
                var connection = connections[i];
                Assert.True(connection.Failure is null, $"Relay of connection {i}: {connection.Failure}");
                if (condition(connection))
                    continue;
                isDone = false;
                var hops = connection.Hops;
                if (hops != seen[i].Hops)
                    seen[i] = (hops, Stopwatch.GetTimestamp());
                else if (Stopwatch.GetElapsedTime(seen[i].Since) > s_patience)
                    Assert.Fail($"Connection {i} has lost its signal: {connection}");
            }
            foreach (var machine in machines)
                Assert.True(machine.Failure is null, $"A vCPU stopped: {machine.Failure}");
            if (isDone)
                return;
            Thread.Sleep(50);
        }
    }

    private void Report(SignalConnection[] connections, long hops, TimeSpan elapsed)
    {
        output.WriteLine(
            $"{s_machines} VMs, {s_machines * SignalMachine.Vcpus} vCPUs, {connections.Length} connections on "
                + $"{Environment.ProcessorCount} processors: "
                + $"{hops} signals in {elapsed.TotalSeconds:F1} s, {hops / elapsed.TotalSeconds:F0} a second."
        );
        foreach (var group in connections.GroupBy(static connection => connection.IsRelayed))
        {
            output.WriteLine(
                $"{(group.Key ? "By a thread" : "Inside the kernel")}: {group.Sum(static connection => connection.Hops)} signals, "
                    + $"{group.Min(static connection => connection.Hops)} to {group.Max(static connection => connection.Hops)} a connection."
            );
        }
    }
}
