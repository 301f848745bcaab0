using System;
using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Kvm;

public sealed partial class VmState
{
    /// <summary>The host that this was captured on; null in files of the first version.</summary>
    public HostFingerprint? Host { get; internal set; }

    /// <summary>
    /// Compares a host with the one that this was captured on: what the guest relies on, or restoring it needs, and this host does not
    /// have.
    /// </summary>
    /// <param name="host">The host that is to go on with the guest.</param>
    /// <returns>Empty if nothing that is known stands against it; always, if the state does not say where it was captured.</returns>
    /// <exception cref="KvmException">The kernel refused to tell.</exception>
    public IReadOnlyList<HostDifference> FindDifferences(KvmHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return Host is { } then ? [.. HostComparison.Find(this, then, host.Fingerprint)] : [];
    }

    /// <summary>
    /// Writes the state into a VM as <see cref="RestoreTo(KvmVm, ReadOnlySpan{KvmVcpu})"/> does, if the host has what the guest relies on.
    /// </summary>
    /// <param name="host">The VM's host.</param>
    /// <param name="vm">The VM.</param>
    /// <param name="vcpus">Its vCPUs, in any order.</param>
    /// <returns>What this host did not take and a guest may do without.</returns>
    /// <exception cref="NotSupportedException">
    /// The host lacks something; the message names all of it, and nothing was touched. <see cref="FindDifferences"/> gives the same as a
    /// list: who finds that the guest can do without restores without the host.
    /// </exception>
    /// <exception cref="ArgumentException">As without the host.</exception>
    /// <exception cref="KvmException">As without the host.</exception>
    public IReadOnlyList<StateGap> RestoreTo(KvmHost host, KvmVm vm, params ReadOnlySpan<KvmVcpu> vcpus)
    {
        ArgumentNullException.ThrowIfNull(vm);
        Require([.. FindDifferences(host), .. FindTscDifferences(vm, vcpus)]);
        return RestoreTo(vm, vcpus);
    }

    /// <exception cref="NotSupportedException">The host lacks what the guest relies on.</exception>
    internal void RequireHost(KvmHost host) => Require([.. FindDifferences(host)]);

    private static void Require(HostDifference[] differences)
    {
        if (differences.Length == 0)
            return;
        throw new NotSupportedException(
            "This host lacks what the guest relies on. Nothing was restored. "
                + string.Join("; ", differences.Select(static one => $"{one}"))
        );
    }

    // The guest has measured the frequency, and reckons with it.
    private List<HostDifference> FindTscDifferences(KvmVm vm, ReadOnlySpan<KvmVcpu> vcpus)
    {
        List<HostDifference> differences = [];
        if (vm.Has(KvmCapability.TscControl))
            return differences;
        foreach (var vcpu in vcpus)
        {
            var then = Vcpus.FirstOrDefault(state => state.Id == vcpu.Id)?.TscKhz;
            var now = VcpuState.Optional([], StatePart.TscFrequency, () => (uint)vcpu.GetTscKhz());
            if (then is { } wanted && now is { } given && !IsNear(wanted, given))
                differences.Add(new($"TSC frequency of vCPU {vcpu.Id}", $"{wanted} kHz", $"{given} kHz"));
        }
        return differences;
    }

    // Hosts measure their frequency at each boot, and KVM takes what is within 250 parts in a million for the same (tsc_tolerance_ppm).
    private static bool IsNear(uint one, uint other) => Math.Abs((long)one - other) <= one / 4000;
}
