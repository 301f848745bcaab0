using System;

namespace VmcsGen.Vmx.Software;

// Entering and leaving VMX operation, and VMCALL (SDM 3C, chapter 31).
public sealed partial class SoftwareVmx
{
    private const ulong Cr4Vmxe = 1UL << 13;

    /// <inheritdoc/>
    public VmxResult Vmxon(ulong region)
    {
        var operation = $"VMXON 0x{region:X}";
        IsBlockedByMovSs = false;
        if ((_cr4 & Cr4Vmxe) == 0)
            RaiseUndefined(operation, "CR4.VMXE is 0");
        if (_isInVmxOperation)
            return Fail(VmInstructionError.VmxonInVmxRoot);
        if (!Capabilities.Cr0.Allows(_cr0))
            RaiseProtection(operation, $"CR0 is 0x{_cr0:X}, and VMX operation needs 0x{Capabilities.Cr0.Adjust(_cr0):X}");
        if (!Capabilities.Cr4.Allows(_cr4))
            RaiseProtection(operation, $"CR4 is 0x{_cr4:X}, and VMX operation needs 0x{Capabilities.Cr4.Adjust(_cr4):X}");
        if (!_featureControl.Locked)
            RaiseProtection(operation, "IA32_FEATURE_CONTROL is not locked");
        if (!_featureControl.VmxOutsideSmx)
            RaiseProtection(operation, "IA32_FEATURE_CONTROL does not allow VMX outside SMX operation");

        // Not Fail: there is no current VMCS, whatever was current before an earlier VMXOFF.
        if (!IsRegionAddress(region) || ReadRevision(region).Value != SoftwareVmcsFormat.RevisionIdentifier)
            return VmxResult.FailInvalid;
        _isInVmxOperation = true;
        _vmxonPointer = region;
        _current = NoPointer;
        return VmxResult.Success;
    }

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">An INIT signal is pending, which would reset the processor.</exception>
    public VmxResult Vmxoff()
    {
        RequireVmxOperation("VMXOFF");
        if (_events.HasInit)
            throw new InvalidOperationException(
                "VMXOFF unblocks a pending INIT, which resets the processor and its program. Enter a guest first, which exits."
            );
        WriteBack();
        _current = NoPointer;
        _vmxonPointer = NoPointer;
        _isInVmxOperation = false;
        return VmxResult.Success;
    }

    /// <summary>VMCALL: in VMX root operation it calls an SMM monitor, and fails with error 1 where there is none.</summary>
    /// <exception cref="ProcessorFaultException">#UD: not in VMX operation.</exception>
    public VmxResult Vmcall()
    {
        RequireVmxOperation("VMCALL");
        return Fail(VmInstructionError.VmcallInVmxRoot);
    }
}
