namespace VmcsGen.Vmx.Entry;

/// <summary>VM entries that explain why they fail.</summary>
public static class VmEntries
{
    extension(IVmxProcessor processor)
    {
        /// <summary>VMLAUNCH; a failure that the VMCS is the cause of names the broken rules.</summary>
        /// <param name="registers">The guest's registers, before and after.</param>
        /// <returns>The VM exit that ended the guest's turn.</returns>
        /// <exception cref="VmEntryException">The VMCS breaks a rule of VM entry.</exception>
        /// <exception cref="VmxException">VMLAUNCH failed for another reason, such as a VMCS that is not clear.</exception>
        /// <exception cref="ProcessorFaultException">#UD: not in VMX operation.</exception>
        public VmExit Launch(ref GeneralRegisters registers) => Explain(processor, "VMLAUNCH", processor.Vmlaunch(ref registers));

        /// <summary>VMRESUME; a failure that the VMCS is the cause of names the broken rules.</summary>
        /// <param name="registers">The guest's registers, before and after.</param>
        /// <returns>The VM exit that ended the guest's turn.</returns>
        /// <exception cref="VmEntryException">The VMCS breaks a rule of VM entry.</exception>
        /// <exception cref="VmxException">VMRESUME failed for another reason, such as a VMCS that was not launched.</exception>
        /// <exception cref="ProcessorFaultException">#UD: not in VMX operation.</exception>
        public VmExit Resume(ref GeneralRegisters registers) => Explain(processor, "VMRESUME", processor.Vmresume(ref registers));
    }

    private static VmExit Explain(IVmxProcessor processor, string operation, VmxResult result)
    {
        if (result.Error is VmInstructionError.EntryInvalidControlFields or VmInstructionError.EntryInvalidHostStateFields)
            throw new VmEntryException(operation, VmEntryOutcome.Fail(result.Error), VmEntryChecker.Diagnose(processor));
        result.ThrowIfFailed(operation);

        var vmcs = processor.CurrentVmcs;
        var reason = vmcs.ExitReason;
        // A failed entry leaves the guest-state area and the injected event as they were (SDM 3C 27.8), so that they can be checked now.
        if (reason.EntryFailure
            && reason.BasicReason is BasicExitReason.EntryFailureInvalidGuestState or BasicExitReason.EntryFailureMsrLoading)
        {
            throw new VmEntryException(
                operation, VmEntryOutcome.Exit(reason.BasicReason, vmcs.ExitQualification), VmEntryChecker.Diagnose(processor));
        }
        return VmExit.Read(vmcs);
    }
}
