using System;
using System.Threading;

namespace VmcsGen.Vmx.Entry;

/// <summary>VM entries that explain why they fail.</summary>
public static class VmEntryExtensions
{
    extension(IVmxProcessor processor)
    {
        /// <summary>
        /// Enters the guest of the current VMCS by VMLAUNCH or VMRESUME and runs it until a VM exit. Where the instructions themselves
        /// report results, this throws, and names the rules that the VMCS breaks.
        /// </summary>
        /// <param name="registers">The guest's registers, before and after.</param>
        /// <param name="isLaunched">Whether the VMCS was launched since it was cleared, so that VMRESUME enters it.</param>
        /// <returns>The VM exit that ended the guest's turn.</returns>
        /// <exception cref="VmEntryException">The VMCS breaks a rule of VM entry.</exception>
        /// <exception cref="VmxFailException">The VM entry failed for another reason, such as a VMCS of another launch state.</exception>
        /// <exception cref="ProcessorFaultException">#UD: not in VMX operation.</exception>
        public VmExit RunGuest(ref GeneralRegisters registers, bool isLaunched = false) =>
            isLaunched
                ? Explain(processor, "VMRESUME", processor.Vmresume(ref registers))
                : Explain(processor, "VMLAUNCH", processor.Vmlaunch(ref registers));
    }

    /// <summary>A turn of a guest, as <see cref="IVmxProcessor.Enter"/> makes it.</summary>
    internal static VmExit Enter(
        IVmxProcessor processor,
        ulong region,
        bool isLaunched,
        ref GeneralRegisters registers,
        CancellationToken cancellationToken
    )
    {
        Span<ulong> values = stackalloc ulong[VmExit.Fields.Length];
        Span<VmxResult> outcomes = stackalloc VmxResult[VmExit.Fields.Length];
        var result = processor.Enter(region, isLaunched, ref registers, VmExit.Fields, values, outcomes, cancellationToken);
        var operation = isLaunched ? "VMRESUME" : "VMLAUNCH";
        ThrowIfNotEntered(processor, operation, result);
        outcomes[0].ThrowIfFailed("VMREAD of the exit reason");
        return Explain(processor, operation, VmExit.Of(values, outcomes));
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
