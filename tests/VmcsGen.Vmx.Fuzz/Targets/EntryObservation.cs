using System;
using System.Collections.Generic;
using System.Globalization;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>What became of a VMLAUNCH.</summary>
/// <param name="End">How it ended.</param>
/// <param name="Outcome">The outcome, where VMLAUNCH answered; success where the guest got as far as a VM exit of its own.</param>
/// <param name="Text">The same in words.</param>
/// <param name="Held">The changed fields as VMREAD gave them before VMLAUNCH.</param>
/// <param name="Effects">What else VMLAUNCH wrote, where it answered.</param>
public sealed record EntryObservation(
    EntryEnd End,
    VmEntryOutcome Outcome,
    string Text,
    IReadOnlyDictionary<VmcsField, ulong> Held,
    EntryEffects Effects
)
{
    /// <summary>What VMLAUNCH gave.</summary>
    /// <param name="result">Its result.</param>
    /// <param name="before">Fields before.</param>
    /// <param name="after">The same fields afterwards, the exit reason and the exit qualification among them.</param>
    /// <param name="registers">Registers afterwards.</param>
    /// <param name="isLaunched">Whether the launch state is launched afterwards.</param>
    /// <param name="held">The changed fields as VMREAD gave them.</param>
    public static EntryObservation Of(
        VmxResult result,
        IReadOnlyDictionary<VmcsField, ulong> before,
        IReadOnlyDictionary<VmcsField, ulong> after,
        IEnumerable<KeyValuePair<EntryRegister, ulong>> registers,
        bool isLaunched,
        IReadOnlyDictionary<VmcsField, ulong> held
    )
    {
        ArgumentNullException.ThrowIfNull(after);
        if (result.IsFailInvalid)
            return new(EntryEnd.Broken, default, "VMfailInvalid", held, EntryEffects.None);
        var outcome = OutcomeOf(result, after);
        var exit = new ExitReason((uint)after[VmcsField.ExitReason]);
        var text = outcome.IsSuccess
            ? string.Create(CultureInfo.InvariantCulture, $"VM exit {(uint)exit.BasicReason} ({exit.BasicReason}) of the guest")
            : outcome.ToString();
        return new(EntryEnd.Answered, outcome, text, held, EntryEffects.Of(outcome, before, after, registers, isLaunched));
    }

    /// <summary>How VMLAUNCH ended.</summary>
    /// <param name="result">Its result.</param>
    /// <param name="after">Fields afterwards, the exit reason and the exit qualification among them.</param>
    public static VmEntryOutcome OutcomeOf(VmxResult result, IReadOnlyDictionary<VmcsField, ulong> after)
    {
        ArgumentNullException.ThrowIfNull(after);
        var exit = new ExitReason((uint)after[VmcsField.ExitReason]);
        return !result.IsSuccess ? VmEntryOutcome.Fail(result.Error)
            : exit.EntryFailure ? VmEntryOutcome.Exit(exit.BasicReason, after[VmcsField.ExitQualification])
            : VmEntryOutcome.Success;
    }

    /// <summary>Whether VMLAUNCH ended so; a guest that never exits has been entered.</summary>
    public bool Is(VmEntryOutcome outcome) => End == EntryEnd.Answered ? Outcome == outcome : End == EntryEnd.NoExit && outcome.IsSuccess;

    /// <summary>The kind of end, for statistics: error 7, exit 33 with qualification 0, and so on.</summary>
    public string Kind =>
        End switch
        {
            EntryEnd.NoExit => "no VM exit",
            EntryEnd.Broken => "machine lost",
            _ when Outcome.IsExit => Outcome.ExitReason.BasicReason == BasicExitReason.EntryFailureMsrLoading
                ? "exit 34"
                : $"exit {(uint)Outcome.ExitReason.BasicReason}, qualification {Outcome.Qualification}",
            _ when Outcome.IsSuccess => "guest entered",
            _ => $"error {(uint)Outcome.Result.Error}",
        };
}
