using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>What an attempt to enter a guest wrote, besides how it ended: by field, MSR or state, with the value.</summary>
public sealed class EntryEffects
{
    private const string LaunchState = "launched";

    private readonly SortedDictionary<string, ulong> _values = new(StringComparer.Ordinal);

    private EntryEffects() { }

    /// <summary>Unknown ones, where nothing answered.</summary>
    public static EntryEffects None { get; } = new();

    /// <summary>The VM-exit information, which VM entries that fail leave alone but for reason, qualification and error (SDM 3C 27.8).</summary>
    public static IReadOnlyList<VmcsField> Information { get; } =
    [
        VmcsField.VmInstructionError,
        VmcsField.ExitReason,
        VmcsField.ExitQualification,
        VmcsField.ExitInterruptionInformation,
        VmcsField.ExitInterruptionErrorCode,
        VmcsField.IdtVectoringInformation,
        VmcsField.IdtVectoringErrorCode,
        VmcsField.ExitInstructionLength,
        VmcsField.ExitInstructionInformation,
        VmcsField.GuestLinearAddress,
        VmcsField.GuestPhysicalAddress,
    ];

    /// <summary>Whether the launch state is launched.</summary>
    public bool Launched => _values.GetValueOrDefault(LaunchState) != 0;

    /// <summary>What was written.</summary>
    /// <param name="outcome">How the attempt ended.</param>
    /// <param name="before">Fields before.</param>
    /// <param name="after">The same fields afterwards, and the VM-entry interruption information.</param>
    /// <param name="registers">Registers afterwards.</param>
    /// <param name="isLaunched">Whether the launch state is launched afterwards.</param>
    public static EntryEffects Of(
        VmEntryOutcome outcome,
        IReadOnlyDictionary<VmcsField, ulong> before,
        IReadOnlyDictionary<VmcsField, ulong> after,
        IEnumerable<KeyValuePair<EntryRegister, ulong>> registers,
        bool isLaunched
    )
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        ArgumentNullException.ThrowIfNull(registers);
        var effects = new EntryEffects();
        foreach (var (field, value) in after)
        {
            var counts = field switch
            {
                // VM exits make it invalid; other ends leave it.
                VmcsField.EntryInterruptionInformation => true,
                // Written by whatever failed last, this or something else.
                VmcsField.VmInstructionError => !outcome.Result.IsSuccess,
                VmcsField.ExitReason or VmcsField.ExitQualification when outcome.IsExit => true,
                // A VM exit of the guest writes more.
                _ => !outcome.IsSuccess && value != before[field],
            };
            if (counts)
                effects._values[VmcsFields.NameOf(field)] = value;
        }
        // VMfail loads nothing, so that they are what something else made them.
        foreach (var (register, value) in outcome.Result.IsSuccess ? registers : [])
            effects._values[register.Name] = value;
        effects._values[LaunchState] = isLaunched ? 1UL : 0;
        return effects;
    }

    /// <summary>The names whose values differ, or that only one of the two has.</summary>
    public IReadOnlyList<string> DifferencesFrom(EntryEffects other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return
        [
            .. _values
                .Except(other._values)
                .Concat(other._values.Except(_values))
                .Select(static value => value.Key)
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];
    }

    public override string ToString() => string.Join(", ", _values.Select(static value => $"{value.Key} 0x{value.Value:X}"));
}
