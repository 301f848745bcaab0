using System.Collections.Generic;

namespace VmcsGen.Vmx.Software;

/// <summary>
/// Runs guests of <see cref="SoftwareVmx"/>: what a processor does between a VM entry that passed all checks and the next VM exit.
/// </summary>
public interface IVmxGuestExecutor
{
    /// <summary>
    /// What a VMCS asks for and this executor does not carry over: control bits as
    /// <c>SecondaryProcessorBasedControls.EnablePml</c>, or fields with their values. Such a guest is refused before it runs.
    /// </summary>
    /// <param name="guest">The guest. Nothing of it is changed.</param>
    /// <returns>The names; none if the guest can run.</returns>
    IReadOnlyList<string> FindUnsupported(VmxGuest guest);

    /// <summary>
    /// Runs the guest until a VM exit. Registers, guest-state area and MSRs are left as the VM exit finds them; MSRs that the VMCS
    /// holds too are loaded and saved by the caller.
    /// </summary>
    /// <param name="guest">The guest.</param>
    /// <returns>The VM-exit information.</returns>
    /// <exception cref="System.OperationCanceledException">
    /// <see cref="VmxGuest.CancellationToken"/> was cancelled. The guest is between two instructions, with an injected event delivered, and
    /// registers, guest-state area and MSRs are left as a VM exit would leave them. The exception holds that token. An executor that never
    /// looks at the token runs the guest until a VM exit.
    /// </exception>
    VmExit Run(VmxGuest guest);
}
