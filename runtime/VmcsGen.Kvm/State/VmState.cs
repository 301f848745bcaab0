using System.Collections.Generic;

namespace VmcsGen.Kvm;

/// <summary>
/// A VM at one moment: its memory, its vCPUs, and the interrupt controllers, timer and clock that KVM keeps for it. It can be
/// restored into another VM, now or, by way of a file, in another process or on another host.
/// </summary>
/// <remarks>
/// Not in it, because KVM does not tell of them and the VMM makes them: capabilities that were enabled, interrupt routes,
/// eventfds, coalesced zones, the MSR filter, and the VMM's own devices.
/// </remarks>
public sealed partial class VmState
{
    /// <summary>The memory slots, by number.</summary>
    public IReadOnlyList<SlotState> Slots { get; internal set; } = [];

    /// <summary>The vCPUs, in the order in which they were given.</summary>
    public IReadOnlyList<VcpuState> Vcpus { get; internal set; } = [];

    /// <summary>The two PICs and the I/O APIC; empty if they are not in the kernel.</summary>
    public IReadOnlyList<KvmIrqchip> Irqchips { get; internal set; } = [];

    /// <summary>The i8254 timer; null if it is not in the kernel.</summary>
    public KvmPitState2? Pit { get; set; }

    /// <summary>kvmclock; null if the host does not tell.</summary>
    public KvmClockData? Clock { get; set; }

    /// <summary>What the host did not have when this was captured, besides what each vCPU says of itself.</summary>
    public IReadOnlyList<StateGap> Gaps { get; internal set; } = [];
}
