using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Kvm;
using VmcsGen.Vmx.Kvm;
using VmcsGen.Vmx.RingZero;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>
/// KVM's emulation of VMX on which cases are tried one after the other. What it does not check itself it leaves to the processor beneath
/// it, and hands on what that says.
/// </summary>
public sealed class KvmTarget : RingZeroTarget
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_shortPatience = TimeSpan.FromSeconds(20);

    private readonly KvmHost _host = KvmHost.Open();

    /// <exception cref="InvalidOperationException">A guest of the cases cannot be launched.</exception>
    public KvmTarget() => StartFirst();

    /// <inheritdoc/>
    protected override TimeSpan Patience => s_patience;

    /// <inheritdoc/>
    public override IReadOnlyList<EntryObservation> Observe(IReadOnlyList<FuzzCase> cases, IReadOnlyList<EntryExpectation> expectations) =>
        [.. cases.Select(one => ObserveAlone(one, s_shortPatience))];

    // A guest that is halted halts the vCPU, which the machine then ends.
    /// <inheritdoc/>
    protected override bool IsSilent(RingZeroException lost)
    {
        ArgumentNullException.ThrowIfNull(lost);
        return base.IsSilent(lost) || lost.MachineOutput?.Trim() == nameof(KvmExitReason.Hlt);
    }

    /// <inheritdoc/>
    protected override (IDisposable Machine, RingZeroCpu Cpu) Start()
    {
        var machine = KvmRingZeroMachine.Start(_host);
        return (machine, machine.Cpu);
    }
}
