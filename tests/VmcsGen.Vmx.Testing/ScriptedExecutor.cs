using System;
using System.Collections.Generic;
using VmcsGen.Vmx.Software;

namespace VmcsGen.Vmx.Testing;

/// <summary>An executor whose guests do what a test says, at once.</summary>
public sealed class ScriptedExecutor(Func<VmxGuest, VmExit> run) : IVmxGuestExecutor
{
    /// <summary>Guests that execute CPUID.</summary>
    public ScriptedExecutor()
        : this(static _ => new VmExit
        {
            Reason = new ExitReason { BasicReason = BasicExitReason.Cpuid },
            InstructionLength = 2,
        }) { }

    /// <summary>What it says it does not carry over.</summary>
    public IReadOnlyList<string> Unsupported { get; init; } = [];

    public int Runs { get; private set; }

    public IReadOnlyList<string> FindUnsupported(VmxGuest guest) => Unsupported;

    public VmExit Run(VmxGuest guest)
    {
        Runs++;
        return run(guest);
    }
}
