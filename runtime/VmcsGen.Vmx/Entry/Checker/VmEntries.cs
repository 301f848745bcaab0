using System;

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

    /// <summary>A turn of a guest, as <see cref="IVmxProcessor.Enter"/> makes it.</summary>
    internal static VmExit Enter(IVmxProcessor processor, ulong region, bool isLaunched, ref GeneralRegisters registers)
    {
        Span<ulong> values = stackalloc ulong[VmExit.Fields.Length];
        Span<VmxResult> outcomes = stackalloc VmxResult[VmExit.Fields.Length];
        var result = processor.Enter(region, isLaunched, ref registers, VmExit.Fields, values, outcomes);
        var operation = isLaunched ? "VMRESUME" : "VMLAUNCH";
        ThrowIfNotEntered(processor, operation, result);
        outcomes[0].ThrowIfFailed("VMREAD of the exit reason");
        return Explain(processor, operation, VmExit.Of(values));
    }

    private static VmExit Explain(IVmxProcessor processor, string operation, VmxResult result)
    {
        ThrowIfNotEntered(processor, operation, result);
        return Explain(processor, operation, VmExit.Read(processor.CurrentVmcs));
    }

    private static void ThrowIfNotEntered(IVmxProcessor processor, string operation, VmxResult result)
    {
        if (result.Error is VmInstructionError.EntryInvalidControlFields or VmInstructionError.EntryInvalidHostStateFields)
            throw Failure(processor, operation, VmEntryOutcome.Fail(result.Error));
        result.ThrowIfFailed(operation);
    }

    private static VmExit Explain(IVmxProcessor processor, string operation, VmExit exit)
    {
        // A failed entry leaves the guest-state area and the injected event as they were (SDM 3C 27.8), so that they can be checked now.
        if (
            exit.IsEntryFailure
            && exit.BasicReason is BasicExitReason.EntryFailureInvalidGuestState or BasicExitReason.EntryFailureMsrLoading
        )
        {
            throw Failure(processor, operation, VmEntryOutcome.Exit(exit.BasicReason, exit.Qualification));
        }
        return exit;
    }

    private static VmEntryException Failure(IVmxProcessor processor, string operation, VmEntryOutcome outcome) =>
        new(operation, outcome, VmEntryChecker.Diagnose(processor, outcome));
}
