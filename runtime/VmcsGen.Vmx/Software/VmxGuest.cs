using System;
using System.Collections.Generic;
using System.Threading;

namespace VmcsGen.Vmx.Software;

/// <summary>A guest between VM entry and VM exit, as an executor gets it. The next VM entry uses the object again.</summary>
public sealed class VmxGuest
{
    private readonly SoftwareMsrs _msrs;
    private readonly PendingEvents _events;
    private ulong _taskPriority;

    internal VmxGuest(
        Vmcs<SoftwareVmcs> vmcs,
        IPhysicalMemory memory,
        VmxCapabilities capabilities,
        int physicalAddressWidth,
        SoftwareMsrs msrs,
        PendingEvents events
    )
    {
        Vmcs = vmcs;
        Memory = memory;
        Capabilities = capabilities;
        PhysicalAddressWidth = physicalAddressWidth;
        _msrs = msrs;
        _events = events;
    }

    internal void Start(in GeneralRegisters registers, ulong taskPriority, CancellationToken cancellationToken)
    {
        Registers = registers;
        CancellationToken = cancellationToken;
        Controls = VmxControlSet.Read(Vmcs);
        _taskPriority = taskPriority;
    }

    /// <summary>The VMCS. Controls have been checked; the guest-state area is to be loaded and saved.</summary>
    public Vmcs<SoftwareVmcs> Vmcs { get; }

    /// <summary>The controls; those of words that are not activated are 0.</summary>
    public VmxControlSet Controls { get; private set; }

    /// <summary>The registers that no VMCS holds.</summary>
    public GeneralRegisters Registers { get; set; }

    /// <summary>Physical memory of the processor. Guest-physical addresses are translated by EPT, if it is on.</summary>
    public IPhysicalMemory Memory { get; }

    /// <summary>The VMX capabilities of the processor.</summary>
    public VmxCapabilities Capabilities { get; }

    /// <summary>The physical-address width of the processor in bits. An EPT entry with address bits beyond it is misconfigured.</summary>
    public int PhysicalAddressWidth { get; }

    /// <summary>The MSRs of the processor, with the guest's values.</summary>
    public IReadOnlyDictionary<uint, ulong> Msrs => _msrs.Values;

    /// <summary>
    /// Ends the guest's turn without a VM exit when it is cancelled; see <see cref="IVmxGuestExecutor.Run"/>. An executor asks it at every
    /// boundary, after <see cref="TakeExit"/>, and where it waits.
    /// </summary>
    public CancellationToken CancellationToken { get; private set; }

    /// <summary>
    /// Takes the pending event, or the window, that ends the guest's turn between two instructions (SDM 3C 26.2). An executor asks
    /// at every boundary; before the first instruction the processor has asked itself, unless an event is injected.
    /// </summary>
    /// <param name="boundary">Where the guest is.</param>
    /// <returns>The VM exit; null if the guest goes on.</returns>
    public VmExit? TakeExit(in VmxBoundary boundary) => _events.TakeExit(Controls, boundary, _taskPriority);

    /// <summary>
    /// Takes the pending event that the guest gets through its own IDT: an NMI or an interrupt without the control that exits.
    /// </summary>
    /// <param name="boundary">Where the guest is.</param>
    /// <returns>The event; null if there is none, or the guest blocks it.</returns>
    public VmxEvent? TakeEvent(in VmxBoundary boundary) => _events.TakeForGuest(Controls, boundary, _taskPriority);

    /// <summary>What the guest has written to an MSR.</summary>
    /// <param name="index">The MSR.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ArgumentException">The processor does not have the MSR, or WRMSR would raise #GP.</exception>
    public void WriteMsr(uint index, ulong value)
    {
        if (_msrs.WhyNotWritten(index, value) is { } reason)
            throw new ArgumentException($"The MSR 0x{index:X} cannot become 0x{value:X}: {reason}.", nameof(value));
        _msrs.Set(index, value);
    }
}
