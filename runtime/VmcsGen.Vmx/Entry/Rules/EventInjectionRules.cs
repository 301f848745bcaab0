using static VmcsGen.Vmx.ExceptionVector;

namespace VmcsGen.Vmx.Entry;

/// <summary>SDM 3C 27.2.1.3: the fields for event injection, which count while the valid bit is 1.</summary>
internal static class EventInjectionRules
{
    private const VmcsField Information = VmcsField.EntryInterruptionInformation;
    private const uint Nmi = 2;
    private const uint LastException = 31;
    private const uint LongestInstruction = 15;

    // Under FRED, type 7 also injects SYSCALL (1) and SYSENTER (2).
    private const uint FredSysenter = 2;

    private const string Doubt =
        "By the SDM the error code depends on CR0.PE of the guest. KVM, Bochs and kvm-unit-tests take a guest that is not unrestricted to "
        + "be in protected mode whatever CR0.PE is, and then it is CR0.PE that fails: exit reason 33.";

    internal static RuleSet Set { get; } =
        new(VmEntryStage.Controls, "SDM 3C 27.2.1.3")
        {
            InjectedEventType,
            InjectedEventVector,
            InjectedErrorCodeMissing,
            InjectedErrorCodeForbidden,
            InjectedEventReservedBits,
            InjectedErrorCodeReservedBits,
            InjectedInstructionLength,
        };

    private static void InjectedEventType(VmEntryState state)
    {
        if (!state.Injects(out var injected))
            return;
        var isReserved =
            (uint)injected.Type == 1
            || (
                injected.Type == InterruptionType.OtherEvent
                && !IsFredSystemCall(state, injected)
                && !state.Capabilities.PrimaryProcessorBased.Allowed1.MonitorTrapFlag
            );
        if (isReserved)
        {
            var condition = injected.Type == InterruptionType.OtherEvent ? " on processors without the monitor trap flag" : "";
            state.Violate(
                $"The interruption type {(uint)injected.Type} is reserved{condition}.",
                "Inject an event of another type, or clear the valid bit.",
                Information
            );
        }
    }

    private static void InjectedEventVector(VmEntryState state)
    {
        if (!state.Injects(out var injected))
            return;
        var (isRight, expected) = injected.Type switch
        {
            InterruptionType.Nmi => (injected.Vector == Nmi, "2"),
            InterruptionType.HardwareException => (injected.Vector <= LastException, "at most 31"),
            InterruptionType.OtherEvent => (injected.Vector == 0 || IsFredSystemCall(state, injected), "0, a pending MTF VM exit"),
            _ => (true, ""),
        };
        if (!isRight)
        {
            state.Violate(
                $"The vector is {injected.Vector}, but for the type {injected.Type} it must be {expected}.",
                "Correct the vector or the type.",
                Information
            );
        }
    }

    private static void InjectedErrorCodeMissing(VmEntryState state)
    {
        if (
            !state.Injects(out var injected)
            || injected.DeliverErrorCode
            || injected.Type != InterruptionType.HardwareException
            || state.Capabilities.Basic.ErrorCodeForAnyException
            || !HasErrorCode(injected.Vector)
            || !(IsProtectedMode(state) || IsInDoubt(state))
        )
        {
            return;
        }
        using (state.InDoubt(IsInDoubt(state) ? Doubt : null, bySdm: false))
        {
            state.Violate(
                $"{((ExceptionVector)injected.Vector).Mnemonic} delivers an error code in protected mode, but bit 11 is 0.",
                "Set bit 11 and write the error code to EntryExceptionErrorCode.",
                Information,
                VmcsField.GuestCr0
            );
        }
    }

    private static void InjectedErrorCodeForbidden(VmEntryState state)
    {
        if (!state.Injects(out var injected) || !injected.DeliverErrorCode)
            return;
        string? reason = null;
        if (injected.Type != InterruptionType.HardwareException)
            reason = $"an event of the type {injected.Type} has no error code";
        else if (!IsProtectedMode(state))
            reason = "no exception has an error code while CR0.PE of the guest is 0";
        else if (!state.Capabilities.Basic.ErrorCodeForAnyException && injected.Vector <= LastException && !HasErrorCode(injected.Vector))
            reason = $"{((ExceptionVector)injected.Vector).Mnemonic} has no error code";
        if (reason is null)
            return;
        var isInDoubt =
            injected.Type == InterruptionType.HardwareException
            && IsInDoubt(state)
            && (state.Capabilities.Basic.ErrorCodeForAnyException || HasErrorCode(injected.Vector));
        using (state.InDoubt(isInDoubt ? Doubt : null, bySdm: true))
            state.Violate($"Bit 11 asks for an error code, but {reason}.", "Clear bit 11.", Information, VmcsField.GuestCr0);
    }

    private static void InjectedEventReservedBits(VmEntryState state)
    {
        const uint Reserved = 0x7FFF_F000;
        const uint NestedException = 1 << 13;
        if (!state.Injects(out var injected))
            return;
        var reserved = state.Capabilities.Basic.NestedException ? Reserved & ~NestedException : Reserved;
        if ((injected.Value & reserved) is var bits and not 0)
            state.Violate($"{RegisterBits.Name(bits)} must be 0: 30:12 are reserved.", "Clear them.", Information);
    }

    private static void InjectedErrorCodeReservedBits(VmEntryState state)
    {
        if (
            state.Injects(out var injected)
            && injected.DeliverErrorCode
            && (state.Vmcs.EntryExceptionErrorCode & 0xFFFF_0000) is var bits and not 0
        )
        {
            state.Violate(
                $"{RegisterBits.Name(bits)} of the error code must be 0: it has 16 bits.",
                "Clear them.",
                VmcsField.EntryExceptionErrorCode,
                Information
            );
        }
    }

    private static void InjectedInstructionLength(VmEntryState state)
    {
        if (!state.Injects(out var injected))
            return;
        var isSoftware =
            injected.Type
                is InterruptionType.SoftwareInterrupt
                    or InterruptionType.PrivilegedSoftwareException
                    or InterruptionType.SoftwareException
            || IsFredSystemCall(state, injected);
        var shortest = state.Capabilities.Misc.ZeroLengthInjection ? 0u : 1u;
        var length = state.Vmcs.EntryInstructionLength;
        if (isSoftware && (length < shortest || length > LongestInstruction))
        {
            state.Violate(
                $"An event of the type {injected.Type} comes from an instruction, whose length must be {shortest} to 15 bytes.",
                "Write the length to EntryInstructionLength.",
                VmcsField.EntryInstructionLength,
                Information
            );
        }
    }

    // CR0.PE of a guest that is not unrestricted is 1, or else its own check fails. Which of the two is reported is the question.
    private static bool IsInDoubt(VmEntryState state) => !IsProtectedMode(state) && !state.Secondary.UnrestrictedGuest;

    private static bool IsProtectedMode(VmEntryState state) => (state.Vmcs.GuestCr0 & RegisterBits.Cr0Pe) != 0;

    private static bool IsFredSystemCall(VmEntryState state, EntryInterruptionInformation injected) =>
        state.IsFredGuest && injected.Type == InterruptionType.OtherEvent && injected.Vector is > 0 and <= FredSysenter;

    // Not control protection (21), whose error code processors with IA32_VMX_BASIC[56] do not check.
    private static bool HasErrorCode(uint vector) =>
        (ExceptionVector)vector
            is DoubleFault
                or InvalidTss
                or SegmentNotPresent
                or StackSegmentFault
                or GeneralProtection
                or PageFault
                or AlignmentCheck;
}
