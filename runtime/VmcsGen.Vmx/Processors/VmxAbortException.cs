namespace VmcsGen.Vmx;

/// <summary>
/// A VM exit could not be completed, a VMX abort: a processor then shuts down until RESET. The VMX-abort indicator in the VMCS region has
/// the number too (SDM 3C 28.7).
/// </summary>
public sealed class VmxAbortException : VmxException
{
    /// <summary>Describes a VMX abort.</summary>
    /// <param name="abort">The VMX-abort indicator.</param>
    /// <param name="reason">What could not be done.</param>
    public VmxAbortException(VmxAbort abort, string reason)
        : base(
            $"VMX abort {(uint)abort} ({abort}): {reason}. A processor shuts down; the VMX-abort indicator of the VMCS region says why."
        ) => Abort = abort;

    /// <summary>The VMX-abort indicator.</summary>
    public VmxAbort Abort { get; }
}
