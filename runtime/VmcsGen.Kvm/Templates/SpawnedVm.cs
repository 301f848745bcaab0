using System;
using System.Collections.Generic;

namespace VmcsGen.Kvm;

/// <summary>A VM that a <see cref="VmTemplate"/> made, with its vCPUs.</summary>
[MustDispose]
public sealed class SpawnedVm : IDisposable
{
    private readonly KvmVcpu[] _vcpus;

    internal SpawnedVm(KvmVm vm, KvmVcpu[] vcpus, IReadOnlyList<StateGap> gaps, VmResetPoint? point) =>
        (Vm, _vcpus, Gaps, ResetPoint) = (vm, vcpus, gaps, point);

    /// <summary>The VM.</summary>
    public KvmVm Vm { get; }

    /// <summary>Its vCPUs, in the order of the state.</summary>
    public IReadOnlyList<KvmVcpu> Vcpus => _vcpus;

    /// <summary>The first vCPU.</summary>
    public KvmVcpu Vcpu => _vcpus[0];

    /// <summary>What the host did not take of the state; see <see cref="VcpuState.RestoreTo"/>.</summary>
    public IReadOnlyList<StateGap> Gaps { get; }

    /// <summary>What takes the VM back to where it began; null unless it was made so that it can be.</summary>
    public VmResetPoint? ResetPoint { get; }

    /// <summary>Takes the VM back to where it began; see <see cref="VmResetPoint.Reset"/>.</summary>
    /// <exception cref="InvalidOperationException">The VM was made without tracking what it writes.</exception>
    public void Reset()
    {
        if (ResetPoint is null)
            throw new InvalidOperationException($"Only a VM of {nameof(VmTemplate.Spawn)}(canReset: true) can be reset.");
        ResetPoint.Reset();
    }

    /// <summary>Gives up the VM and its vCPUs.</summary>
    public void Dispose()
    {
        ResetPoint?.Dispose();
        foreach (var vcpu in _vcpus)
            vcpu.Dispose();
        Vm.Dispose();
    }
}
