namespace VmcsGen.Kvm;

/// <summary>
/// An interrupt controller of the VMM as a vCPU sees it, for VMs without local APICs in the kernel: whether it asserts INTR, and
/// what it answers to the acknowledge cycle. Called on the thread that runs the vCPU.
/// </summary>
public interface IInterruptSource
{
    /// <summary>Whether an interrupt waits to be delivered.</summary>
    bool HasInterrupt { get; }

    /// <summary>
    /// Gives the vector of the interrupt to deliver now, which is pending no longer. Called only right after
    /// <see cref="HasInterrupt"/> was true; a controller that has changed its mind answers with its spurious vector.
    /// </summary>
    byte Acknowledge();
}
