using System;
using System.Linq;
using VmcsGen.Kvm.Tests.Testing;
using Xunit;

namespace VmcsGen.Kvm.Tests.Debugging;

/// <summary>Runs a guest by its debugger, past the signals that may interrupt the thread.</summary>
internal static class DebuggedGuest
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    public static KvmExitReason RunTo(this Guest guest, GuestDebugger debugger, params KvmExitReason[] expected) =>
        Run(debugger, isStep: false, expected);

    public static KvmExitReason Step(this Guest guest, GuestDebugger debugger, params KvmExitReason[] expected) =>
        Run(debugger, isStep: true, expected);

    private static KvmExitReason Run(GuestDebugger debugger, bool isStep, KvmExitReason[] expected)
    {
        var start = Environment.TickCount64;
        while (true)
        {
            var exit = isStep ? debugger.Step() : debugger.Continue();
            if (expected.Contains(exit.Reason))
                return exit.Reason;
            // Where the guest goes by steps and stands at a breakpoint already, the exit is one that executed nothing.
            if (
                exit.Reason == KvmExitReason.Intr
                && debugger.LastStop.Reasons != DebugStopReasons.None
                && expected.Contains(KvmExitReason.Debug)
            )
                return KvmExitReason.Debug;
            Assert.True(exit.Reason == KvmExitReason.Intr, $"Expected {string.Join(" or ", expected)}: {exit.ToString()}");
            Assert.True(Environment.TickCount64 - start < s_patience.TotalMilliseconds, "The guest does not exit.");
        }
    }
}
