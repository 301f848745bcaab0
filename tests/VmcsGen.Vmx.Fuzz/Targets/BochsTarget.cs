using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx.Bochs;
using VmcsGen.Vmx.RingZero;
using static VmcsGen.Vmx.VmcsField;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>
/// A Bochs machine on which cases are tried many at a time. Whether they kept out of each other's way is checked afterwards; if not,
/// they are tried again in smaller numbers. A machine that a case ends is replaced.
/// </summary>
public sealed class BochsTarget : RingZeroTarget
{
    private const int LargestBatch = 64;

    // For a batch of two or three seconds, for a case of a tenth, and for a guest that should sleep for ever. Where the last two are
    // too short a disagreement may come of it, which is tried again with more.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_shortPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_sleep = TimeSpan.FromSeconds(1);

    // What VM exits save, and may save otherwise than it was.
    private static readonly VmcsField[] s_saved =
    [
        GuestRip,
        GuestRsp,
        GuestRflags,
        GuestCsAccessRights,
        GuestCr0,
        GuestCr3,
        GuestCr4,
        GuestDr7,
        GuestIa32Debugctl,
        GuestInterruptibilityState,
        GuestActivityState,
        GuestPendingDebugExceptions,
        VmcsField.VmEntryControls,
        VmcsField.EntryInterruptionInformation,
        VmxPreemptionTimerValue,
        GuestIa32Efer,
        GuestIa32Pat,
        GuestIa32SysenterCs,
        GuestIa32SysenterEsp,
        GuestIa32SysenterEip,
        GuestPdpte0,
        GuestPdpte1,
        GuestPdpte2,
        GuestPdpte3,
        GuestIa32SCet,
        GuestSsp,
        GuestIa32InterruptSspTableAddr,
        GuestIa32Pkrs,
    ];

    private readonly string _model;

    /// <param name="model">The CPU model.</param>
    public BochsTarget(string model)
    {
        _model = model;
        StartFirst();
    }

    /// <summary>How many batches had to be divided.</summary>
    public int Divided { get; private set; }

    /// <inheritdoc/>
    protected override TimeSpan Patience => s_patience;

    /// <inheritdoc/>
    public override IReadOnlyList<EntryObservation> Observe(IReadOnlyList<FuzzCase> cases, IReadOnlyList<EntryExpectation> expectations)
    {
        ArgumentNullException.ThrowIfNull(cases);
        ArgumentNullException.ThrowIfNull(expectations);
        var observations = new EntryObservation[cases.Count];
        var alone = new List<int>();
        foreach (var guest in Enumerable.Range(0, cases.Count).GroupBy(i => cases[i].Guest))
        {
            var together = guest.Where(i => !expectations[i].IsLast).ToArray();
            alone.AddRange(guest.Except(together));
            foreach (var batch in together.Chunk(LargestBatch))
                ObserveTogether(batch, cases, expectations, observations);
        }
        foreach (var i in alone)
            observations[i] = ObserveAlone(cases[i], expectations[i].Sleeps ? s_sleep : s_shortPatience);
        return observations;
    }

    /// <inheritdoc/>
    protected override (IDisposable Machine, RingZeroCpu Cpu) Start()
    {
        var machine = BochsMachine.Start(_model);
        machine.AllowsFatalInstructions = true;
        return (machine, machine.Cpu);
    }

    private void ObserveTogether(
        ReadOnlySpan<int> batch,
        IReadOnlyList<FuzzCase> cases,
        IReadOnlyList<EntryExpectation> expectations,
        EntryObservation[] observations
    )
    {
        if (batch.Length == 1)
        {
            observations[batch[0]] = ObserveAlone(cases[batch[0]], s_shortPatience);
            return;
        }
        try
        {
            if (TryObserveTogether(batch, cases, expectations, observations))
                return;
        }
        catch (RingZeroException lost)
        {
            Restart();
            if (IsSilent(lost))
            {
                // Dividing would wait for it again and again.
                foreach (var i in batch)
                    observations[i] = ObserveAlone(cases[i], s_shortPatience);
                return;
            }
        }
        Divided++;
        ObserveTogether(batch[..(batch.Length / 2)], cases, expectations, observations);
        ObserveTogether(batch[(batch.Length / 2)..], cases, expectations, observations);
    }

    // False if a case did not leave the VMCS and memory to the next one as it found them.
    private bool TryObserveTogether(
        ReadOnlySpan<int> numbers,
        IReadOnlyList<FuzzCase> cases,
        IReadOnlyList<EntryExpectation> expectations,
        EntryObservation[] observations
    )
    {
        var before = Target.VmcsOf(cases[numbers[0]].Guest);
        var batch = Cpu.CreateBatch();
        Renew(batch);
        foreach (var (field, value) in before)
            batch.Vmwrite(field, value);
        var pending = new Pending[numbers.Length];
        // What the VM-exit information was before a case is what it was after the one before.
        var information = ReadInformation(batch);
        for (var i = 0; i < numbers.Length; i++)
        {
            pending[i] = Add(batch, cases[numbers[i]], expectations[numbers[i]], before, information);
            information = pending[i].After;
        }
        var after = before.Keys.Select(field => (Field: field, Value: batch.Vmread(field))).ToArray();
        var last = batch.Vmresume(default);
        var pdptes = batch.ReadMemory(Target.Memory.PaePointerTable, Target.Memory.Pdptes.Length);
        batch.WriteMemory(Target.Memory.PaePointerTable, Target.Memory.Pdptes);
        batch.Execute();

        if (
            last.Outcome.Error != VmInstructionError.VmresumeNonLaunchedVmcs
            || !pdptes.Value.SequenceEqual(Target.Memory.Pdptes)
            || after.Any(field => field.Value.Value != before[field.Field])
        )
        {
            return false;
        }
        for (var i = 0; i < numbers.Length; i++)
        {
            var observation = pending[i].Observe();
            // A guest that was entered against expectation, or a VMCS that was.
            if (
                observation.Outcome.Result.Error == VmInstructionError.VmlaunchNonClearVmcs
                || (observation.Outcome.IsSuccess && !expectations[numbers[i]].Enters)
            )
            {
                return false;
            }
            observations[numbers[i]] = observation;
        }
        return true;
    }

    private FieldResults ReadInformation(RingZeroBatch batch) =>
        [
            .. Target
                .Information.Append(VmcsField.EntryInterruptionInformation)
                .Select(field => KeyValuePair.Create(field, batch.Vmread(field))),
        ];

    private Pending Add(
        RingZeroBatch batch,
        FuzzCase one,
        EntryExpectation expectation,
        IReadOnlyDictionary<VmcsField, ulong> before,
        FieldResults information
    )
    {
        foreach (var patch in one.Memory)
            batch.WriteMemory(patch.Address, patch.After);
        foreach (var (field, value) in one.Fields)
            batch.Vmwrite(field, value);
        FieldResults held = [.. one.Fields.Select(field => KeyValuePair.Create(field.Key, batch.Vmread(field.Key)))];
        var loaded = Target.RegistersOf(one);
        foreach (var register in loaded)
        {
            if (register.Before is { } value)
                batch.WriteMsr(register.Msr, value);
        }
        var launch = batch.Vmlaunch(default);
        var after = ReadInformation(batch);
        var registers = loaded
            .Select(register =>
                KeyValuePair.Create(register, register.IsMsr ? batch.ReadMsr(register.Msr) : batch.ReadControlRegister(register.Control))
            )
            .ToArray();
        // VMLAUNCH of the next case tells the launch state of one that was not entered.
        var pending = new Pending(held, information, launch, after, registers, expectation.Enters ? batch.Vmlaunch(default) : null);
        foreach (var patch in one.Memory)
            batch.WriteMemory(patch.Address, patch.Before);
        foreach (var (field, _) in one.Fields)
            batch.Vmwrite(field, before[field]);
        if (expectation.Enters)
        {
            Renew(batch);
            foreach (var field in s_saved)
            {
                if (before.TryGetValue(field, out var value))
                    batch.Vmwrite(field, value);
            }
        }
        return pending;
    }

    private void Renew(RingZeroBatch batch)
    {
        batch.Vmclear(Target.Memory.CurrentVmcs);
        batch.Vmptrld(Target.Memory.CurrentVmcs);
    }

    // Fields with what is to be read of them.
    private sealed class FieldResults : List<KeyValuePair<VmcsField, RingZeroResult<ulong>>>
    {
        public Dictionary<VmcsField, ulong> Values => this.ToDictionary(static one => one.Key, static one => one.Value.Value);
    }

    private sealed record Pending(
        FieldResults Held,
        FieldResults Before,
        RingZeroResult<GeneralRegisters> Launch,
        FieldResults After,
        KeyValuePair<EntryRegister, RingZeroResult<ulong>>[] Registers,
        RingZeroResult<GeneralRegisters>? Again
    )
    {
        public EntryObservation Observe() =>
            EntryObservation.Of(
                Launch.Outcome,
                Before.Values,
                After.Values,
                Registers.Select(static one => KeyValuePair.Create(one.Key, one.Value.Value)),
                Again?.Outcome.Error == VmInstructionError.VmlaunchNonClearVmcs,
                Held.Values
            );
    }
}
