using System;

namespace VmcsGen.Kvm;

/// <summary>
/// Runs a vCPU whose interrupts come from the VMM: injects an interrupt whenever one is waiting and the guest can take it, and has
/// KVM open a window for it when the guest cannot. For VMs without <see cref="KvmVm.CreateIrqchip"/>, and for the 8259 side of
/// those with a split irqchip.
/// </summary>
/// <remarks>
/// A controller that got something to deliver while the vCPU runs must <see cref="KvmVcpu.Kick"/> it; <see cref="Run()"/> then looks
/// again. Without a local APIC in the kernel HLT is an exit, and the VMM waits for an interrupt before it calls Run again.
/// Source: Documentation/virt/kvm/api.rst 4.16 and 5.
/// </remarks>
/// <param name="vcpu">The vCPU. Only Run of this object may run it, or interrupts wait.</param>
/// <param name="source">Where the interrupts come from.</param>
public sealed unsafe class InterruptInjector(KvmVcpu vcpu, IInterruptSource source)
{
    private readonly KvmVcpu _vcpu = vcpu ?? throw new ArgumentNullException(nameof(vcpu));
    private readonly IInterruptSource _source = source ?? throw new ArgumentNullException(nameof(source));

    /// <summary>
    /// Runs the guest until something needs the VMM other than the delivery of interrupts. It allocates nothing.
    /// </summary>
    /// <returns>As <see cref="KvmVcpu.Run()"/>, but never <see cref="KvmExitReason.IrqWindowOpen"/>.</returns>
    /// <inheritdoc cref="KvmVcpu.Run()" path="/exception"/>
    public KvmExit Run()
    {
        while (true)
        {
            var page = _vcpu.BorrowPage();
            // What the page says is from the last exit, and still true: the guest has not run since.
            if (page->ReadyForInterruptInjection != 0 && _source.HasInterrupt)
            {
                _vcpu.Interrupt(new KvmInterrupt { Irq = _source.Acknowledge() });
                page->ReadyForInterruptInjection = 0; // One at a time: the next needs a window of its own.
            }
            page->RequestInterruptWindow = _source.HasInterrupt ? (byte)1 : (byte)0;
            var exit = _vcpu.Run();
            if (exit.Reason != KvmExitReason.IrqWindowOpen)
                return exit;
        }
    }
}
