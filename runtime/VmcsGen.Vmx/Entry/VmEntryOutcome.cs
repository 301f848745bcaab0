namespace VmcsGen.Vmx.Entry;

/// <summary>How a VM entry ends: with the guest running, with VMfailValid, or with a VM exit because of the entry itself.</summary>
public readonly record struct VmEntryOutcome
{
    private VmEntryOutcome(VmxResult result, ExitReason exitReason, ulong qualification)
    {
        Result = result;
        ExitReason = exitReason;
        Qualification = qualification;
    }

    /// <summary>The guest runs.</summary>
    public static VmEntryOutcome Success => default;

    /// <summary>What VMLAUNCH or VMRESUME reports: VMfailValid, or VMsucceed when the guest runs or a VM exit says what failed.</summary>
    public VmxResult Result { get; }

    /// <summary>The exit reason, with <see cref="ExitReason.EntryFailure"/>, of an entry that fails with a VM exit; 0 otherwise.</summary>
    public ExitReason ExitReason { get; }

    /// <summary>
    /// The exit qualification of an entry that fails with a VM exit: for invalid guest state 0, 2 (PDPTEs), 3 (an NMI injected
    /// while STI blocks it) or 4 (VMCS link pointer); for MSR loading the number of the entry, from 1 (SDM 3C 27.8).
    /// </summary>
    public ulong Qualification { get; }

    /// <summary>Whether the guest runs.</summary>
    public bool IsSuccess => Result.IsSuccess && !IsExit;

    /// <summary>Whether the entry fails with a VM exit.</summary>
    public bool IsExit => ExitReason.EntryFailure;

    /// <summary>VMfailValid: there is no VM entry.</summary>
    /// <param name="error">The VM-instruction error.</param>
    public static VmEntryOutcome Fail(VmInstructionError error) => new(VmxResult.FailValid(error), default, 0);

    /// <summary>A VM exit because of the entry.</summary>
    /// <param name="reason">The basic exit reason.</param>
    /// <param name="qualification">The exit qualification.</param>
    public static VmEntryOutcome Exit(BasicExitReason reason, ulong qualification) =>
        new(VmxResult.Success, new ExitReason { BasicReason = reason, EntryFailure = true }, qualification);

    /// <summary>
    /// As <c>VMfailValid(7: EntryInvalidControlFields)</c> or <c>exit reason 33 (EntryFailureInvalidGuestState), qualification 4</c>.
    /// </summary>
    public override string ToString() =>
        IsExit ? $"exit reason {(uint)ExitReason.BasicReason} ({ExitReason.BasicReason}), qualification {Qualification}"
        : IsSuccess ? "the guest runs"
        : Result.ToString();
}
