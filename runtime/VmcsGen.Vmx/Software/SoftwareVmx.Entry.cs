using System;
using System.Threading;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Vmx.Software;

// VMLAUNCH and VMRESUME (SDM 3C, chapters 27 and 31).
public sealed partial class SoftwareVmx
{
    // These are used again by each VM entry, so that none allocates.
    private readonly VmEntryState _entry;
    private readonly VmxGuest _guest;
    private VmEntryContext? _context;
    private VmEntryMsrs _contextMsrs;

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The guest is valid, but there is no executor to run it.</exception>
    /// <exception cref="VmxAbortException">MSRs could not be saved or loaded after the VM exit.</exception>
    /// <exception cref="NotSupportedException">The executor does not carry over what the VMCS asks for; the message names it.</exception>
    public VmxResult Vmlaunch(ref GeneralRegisters registers) => EnterCurrent(isLaunched: false, ref registers, CancellationToken.None);

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The guest is valid, but there is no executor to run it.</exception>
    /// <exception cref="VmxAbortException">MSRs could not be saved or loaded after the VM exit.</exception>
    /// <exception cref="NotSupportedException">The executor does not carry over what the VMCS asks for; the message names it.</exception>
    public VmxResult Vmresume(ref GeneralRegisters registers) => EnterCurrent(isLaunched: true, ref registers, CancellationToken.None);

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The guest is valid, but there is no executor to run it.</exception>
    /// <exception cref="VmxAbortException">MSRs could not be saved or loaded after the VM exit.</exception>
    /// <exception cref="NotSupportedException">The executor does not carry over what the VMCS asks for; the message names it.</exception>
    public VmxResult Enter(
        ulong region,
        bool isLaunched,
        ref GeneralRegisters registers,
        ReadOnlySpan<VmcsField> fields,
        Span<ulong> values,
        Span<VmxResult> outcomes,
        CancellationToken cancellationToken = default
    )
    {
        VmcsFieldLists.Check(fields, values, outcomes);
        var result = Vmptrst(out var current);
        if (result.IsSuccess && current != region)
            result = Vmptrld(region);
        if (!result.IsSuccess)
            return result;
        result = EnterCurrent(isLaunched, ref registers, cancellationToken);
        for (var i = 0; result.IsSuccess && i < fields.Length; i++)
            outcomes[i] = Vmread(fields[i], out values[i]);
        return result;
    }

    private VmxResult EnterCurrent(bool isLaunched, ref GeneralRegisters registers, CancellationToken cancellationToken)
    {
        var operation = isLaunched ? "VMRESUME" : "VMLAUNCH";
        var isBlockedByMovSs = IsBlockedByMovSs;
        RequireVmxOperation(operation);
        if (_current == NoPointer || IsShadow)
            return VmxResult.FailInvalid;
        if (isBlockedByMovSs)
            return Fail(VmInstructionError.EntryEventsBlockedByMovSs);
        if (_cache.LaunchState != (isLaunched ? Launched : Clear))
            return Fail(isLaunched ? VmInstructionError.VmresumeNonLaunchedVmcs : VmInstructionError.VmlaunchNonClearVmcs);

        var vmcs = Vmcs;
        _entry.Restart(ContextOfAnyVmcs, _current);
        var outcome = VmEntryChecker.FindBroken(_entry)?.Outcome ?? VmEntryOutcome.Success;
        if (!outcome.Result.IsSuccess)
            return Fail(outcome.Result.Error);
        if (outcome.IsExit)
        {
            // SDM 3C 27.8: what was loaded before stays, as far as the host state does not replace it.
            if (outcome.ExitReason.BasicReason == BasicExitReason.EntryFailureMsrLoading)
                LoadGuestMsrs(vmcs, (uint)outcome.Qualification - 1);
            FailEntry(vmcs, outcome);
            return VmxResult.Success;
        }

        var guest = _guest;
        guest.Start(registers, _cr8, cancellationToken);
        VmExit exit;
        try
        {
            exit = ExitAtEntry(guest) is { } atOnce ? LeaveAtOnce(guest, atOnce) : RunGuest(RequireExecutor(operation, guest), guest);
        }
        catch (OperationCanceledException canceled) when (canceled.IsOf(cancellationToken))
        {
            Leave(guest, ref registers, null);
            throw;
        }
        Leave(guest, ref registers, exit);
        return VmxResult.Success;
    }

    private void Leave(VmxGuest guest, ref GeneralRegisters registers, VmExit? exit)
    {
        var vmcs = guest.Vmcs;
        _cache.LaunchState = Launched;
        registers = guest.Registers;
        SaveGuestMsrs(vmcs);
        vmcs.EntryInterruptionInformation = vmcs.EntryInterruptionInformation with { Valid = false };
        if (exit is { } known)
            WriteExit(vmcs, known);
        LoadHostState(vmcs);
    }

    private VmExit LeaveAtOnce(VmxGuest guest, VmExit exit)
    {
        LoadGuestMsrs(guest.Vmcs, guest.Vmcs.VmEntryMsrLoadCount);
        return exit;
    }

    // Without a VM exit the MSRs of the program come back, and the VMCS stays as it was; unless the turn was cancelled, which ends as by
    // a VM exit.
    private VmExit RunGuest(IVmxGuestExecutor executor, VmxGuest guest)
    {
        _msrs.Save();
        LoadGuestMsrs(guest.Vmcs, guest.Vmcs.VmEntryMsrLoadCount);
        try
        {
            return executor.Run(guest);
        }
        catch (Exception failure) when (failure is not OperationCanceledException canceled || !canceled.IsOf(guest.CancellationToken))
        {
            _msrs.Restore();
            throw;
        }
    }

    /// <inheritdoc/>
    public VmEntryContext EntryContext => ContextOfAnyVmcs with { CurrentVmcs = _current == NoPointer ? null : _current };

    // CPUID never changes, and the MSRs are seldom others than at the VM entry before. What the profile adds may be another each time.
    private VmEntryContext ContextOfAnyVmcs
    {
        get
        {
            var msrs = VmEntryMsrs.Of(this);
            if (_context is null || _contextMsrs != msrs)
                (_context, _contextMsrs) = (ContextWith(msrs), msrs);
            return _profile.EntryContext(_context);
        }
    }

    private VmEntryContext ContextWith(in VmEntryMsrs msrs) =>
        VmEntryContext.Ask(this, msrs) with
        {
            MsrsNotLoaded = _profile.MsrsNotLoaded,
            // An MSR that the guest's own WRMSR would refuse is refused here too (SDM 3C 27.4).
            CanWriteMsr = (index, value) =>
                index != (uint)VmxMsr.Ia32FeatureControl
                && !_capabilityMsrs.TryReadMsr(index, out _)
                && _msrs.WhyNotWritten(index, value) is null,
        };

    // Before anything changes: the program can give an executor, or other controls, and try again.
    private IVmxGuestExecutor RequireExecutor(string operation, VmxGuest guest)
    {
        var executor =
            Executor
            ?? throw new InvalidOperationException(
                $"{operation}: the guest may be entered, but nothing here can run it. Give {nameof(SoftwareVmx)} an "
                    + $"{nameof(IVmxGuestExecutor)}, such as a KvmGuestExecutor (package VmcsGen.Vmx.Kvm) where there is /dev/kvm. Nothing has changed."
            );
        var unsupported = executor.FindUnsupported(guest);
        return unsupported.Count == 0
            ? executor
            : throw new NotSupportedException(
                $"{operation}: the guest may be entered, but {executor.GetType().Name} does not carry over {string.Join(", ", unsupported)}. "
                    + "Nothing has changed."
            );
    }

    // SDM 3C 27.8: only the exit reason and the exit qualification are new, and the host goes on as after a VM exit.
    private void FailEntry(Vmcs<SoftwareVmcs> vmcs, VmEntryOutcome outcome)
    {
        vmcs.Access.Write(VmcsField.ExitReason, outcome.ExitReason.Value);
        vmcs.Access.Write(VmcsField.ExitQualification, outcome.Qualification);
        LoadHostState(vmcs);
    }

    private static void WriteExit(Vmcs<SoftwareVmcs> vmcs, in VmExit exit)
    {
        var access = vmcs.Access;
        access.Write(VmcsField.ExitReason, exit.Reason.Value);
        access.Write(VmcsField.ExitQualification, exit.Qualification);
        access.Write(VmcsField.GuestLinearAddress, exit.GuestLinearAddress);
        access.Write(VmcsField.GuestPhysicalAddress, exit.GuestPhysicalAddress);
        access.Write(VmcsField.ExitInstructionLength, exit.InstructionLength);
        access.Write(VmcsField.ExitInstructionInformation, exit.InstructionInformation);
        access.Write(VmcsField.ExitInterruptionInformation, exit.Interruption.Value);
        access.Write(VmcsField.ExitInterruptionErrorCode, exit.InterruptionErrorCode);
        access.Write(VmcsField.IdtVectoringInformation, exit.IdtVectoring.Value);
        access.Write(VmcsField.IdtVectoringErrorCode, exit.IdtVectoringErrorCode);
        access.Write(VmcsField.ExtendedInstructionInformation, exit.ExtendedInstructionInformation?.Value ?? 0);
    }

    // What the program's VMREAD would find, without its effects.
    private sealed class ShownFields(SoftwareVmx processor) : IVmcsValueSource
    {
        public bool TryGet(VmcsField field, out ulong value)
        {
            value = 0;
            return processor.HasField(field) && processor._cache.TryRead(field, out value);
        }
    }
}
