using System;
using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Kvm;

/// <summary>
/// A stopped VM from which others are made, ready to go on where it stopped. They share its memory until they write to it. May be used from
/// several threads.
/// </summary>
/// <example>
/// <code>
/// using var state = VmState.Load("guest.state");
/// using var template = new VmTemplate(host, state);
/// using var spawned = template.Spawn();
/// spawned.Vcpu.Run();
/// </code>
/// </example>
[MustDispose]
public sealed class VmTemplate : IDisposable
{
    private readonly KvmHost _host;
    private readonly Action<KvmVm>? _prepare;
    private readonly VcpuRestoration[] _restorations;
    private readonly Lazy<Dictionary<MemoryState, GuestMemory>> _originals;

    /// <param name="host">The host on which VMs are made.</param>
    /// <param name="state">The stopped VM. Dispose of it after the template.</param>
    /// <param name="prepare">
    /// What is done with each VM before it gets memory and vCPUs: the capabilities that the stopped one had, and devices in the kernel.
    /// Without it, interrupt controllers and timer are made if the state has them.
    /// </param>
    /// <exception cref="NotSupportedException">The host lacks what the guest relies on; the message names it.</exception>
    public VmTemplate(KvmHost host, VmState state, Action<KvmVm>? prepare = null)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(state);
        state.RequireHost(host);
        _host = host;
        State = state;
        _prepare = prepare;
        _restorations = [.. state.Vcpus.Select(static vcpu => new VcpuRestoration(vcpu))];
        _originals = new(() => state.Memories().ToDictionary(static memory => memory, static memory => memory.Pages.ToMemory()));
    }

    /// <summary>The stopped VM.</summary>
    public VmState State { get; }

    /// <summary>Makes a VM that is where the stopped one was.</summary>
    /// <param name="canReset">
    /// Whether <see cref="SpawnedVm.Reset"/> will be called: the pages that the guest writes are tracked from the beginning.
    /// </param>
    /// <exception cref="KvmException">The kernel refused a part, or the process has no descriptors left.</exception>
    public SpawnedVm Spawn(bool canReset = false)
    {
        var vm = _host.CreateVm();
        List<KvmVcpu> vcpus = new(State.Vcpus.Count);
        try
        {
            Prepare(vm);
            State.MapMemoryInto(vm, canReset ? KvmMemoryRegionFlags.LogDirtyPages : 0);
            List<StateGap> gaps = [];
            for (var i = 0; i < _restorations.Length; i++)
            {
                vcpus.Add(vm.CreateVcpu(State.Vcpus[i].Id));
                _restorations[i].Restore(vcpus[i], gaps);
            }
            State.AlignTscs([.. vcpus]);
            State.RestoreDevicesTo(vm);
            var point = canReset ? new VmResetPoint(State, vm, [.. vcpus], _restorations, _originals.Value) : null;
            return new SpawnedVm(vm, [.. vcpus], gaps, point);
        }
        catch
        {
            foreach (var vcpu in vcpus)
                vcpu.Dispose();
            vm.Dispose();
            throw;
        }
    }

    /// <summary>Gives up what is kept for resets. VMs that were made go on.</summary>
    public void Dispose()
    {
        if (!_originals.IsValueCreated)
            return;
        foreach (var memory in _originals.Value.Values)
            memory.Dispose();
    }

    private void Prepare(KvmVm vm)
    {
        if (_prepare is not null)
        {
            _prepare(vm);
            return;
        }
        if (State.Irqchips.Count != 0)
            vm.CreateIrqchip();
        if (State.Pit is not null)
            vm.CreatePit2(default);
    }
}
