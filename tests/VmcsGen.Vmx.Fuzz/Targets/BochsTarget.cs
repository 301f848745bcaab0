using System;
using System.Collections.Generic;
using System.Linq;
using static VmcsGen.Vmx.VmcsField;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>
/// A Bochs machine on which cases are tried many at a time. Whether they kept out of each other's way is checked afterwards; if not,
/// they are tried again in smaller numbers. A machine that a case ends is replaced.
/// </summary>
public sealed class BochsTarget : IDisposable
{
    private const int LargestBatch = 64;
    private const uint ActivatePreemptionTimer = 1 << 6;
    private const ulong ValidEvent = 1UL << 31;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    // Guests that should sleep for ever are not waited for.
    private static readonly TimeSpan s_sleep = TimeSpan.FromSeconds(1.5);

    // What VM exits save, and may save otherwise than it was.
    private static readonly VmcsField[] s_saved =
    [
        GuestRip, GuestRsp, GuestRflags, GuestCr0, GuestCr3, GuestCr4, GuestDr7, GuestIa32Debugctl, GuestInterruptibilityState,
        GuestActivityState, GuestPendingDebugExceptions, VmcsField.VmEntryControls, VmcsField.EntryInterruptionInformation, VmxPreemptionTimerValue,
    ];

    private readonly string _model;
    private BochsMachine _machine = null!;

    /// <param name="model">The CPU model.</param>
    public BochsTarget(string model)
    {
        _model = model;
        Start();
        Target = NewTarget();
        foreach (var guest in Target.Guests)
        {
            var launched = Target.Observe(new FuzzCase(0, 0, guest, [], []));
            if (!launched.Outcome.IsSuccess || launched.End != EntryEnd.Answered)
                throw new InvalidOperationException($"{model}: the guest {guest} cannot be launched without a change: {launched.Text}.");
        }
    }

    /// <summary>The processor.</summary>
    public EntryTarget Target { get; private set; }

    /// <summary>How many machines were started.</summary>
    public int Machines { get; private set; }

    /// <summary>How many batches had to be divided.</summary>
    public int Divided { get; private set; }

    /// <summary>Tries cases; gives what became of each, in order.</summary>
    /// <param name="cases">The cases.</param>
    /// <param name="reports">What the checker says of each.</param>
    public IReadOnlyList<EntryObservation> Observe(IReadOnlyList<FuzzCase> cases, IReadOnlyList<VmEntryReport> reports)
    {
        ArgumentNullException.ThrowIfNull(cases);
        ArgumentNullException.ThrowIfNull(reports);
        var observations = new EntryObservation[cases.Count];
        var alone = new List<int>();
        foreach (var guest in Enumerable.Range(0, cases.Count).GroupBy(i => cases[i].Guest))
        {
            var together = guest.Where(i => !Sleeps(cases[i], reports[i])).ToArray();
            alone.AddRange(guest.Except(together));
            foreach (var batch in together.Chunk(LargestBatch))
                ObserveTogether(batch, cases, reports, observations);
        }
        foreach (var i in alone)
            observations[i] = ObserveAlone(cases[i], s_sleep);
        return observations;
    }

    /// <summary>Tries a case by itself.</summary>
    public EntryObservation ObserveAlone(FuzzCase one) => ObserveAlone(one, s_patience);

    /// <summary>Ends the machine.</summary>
    public void Dispose() => _machine.Dispose();

    private void Start()
    {
        _machine = BochsMachine.Start(_model);
        _machine.Cpu.Timeout = s_patience;
        Machines++;
    }

    private EntryTarget NewTarget() => new(_machine.Cpu, _machine.Cpu.FreeMemory.Start);

    private void Restart()
    {
        _machine.Dispose();
        Start();
        Target = NewTarget();
    }

    // Nothing wakes a guest that waits for a SIPI; the preemption timer wakes the others.
    private bool Sleeps(FuzzCase one, VmEntryReport report)
    {
        var vmcs = Target.VmcsOf(one);
        return report.IsValid && vmcs.GuestActivityState != ActivityState.Active
            && (vmcs.GuestActivityState == ActivityState.WaitForSipi || (vmcs.PinBasedControls.Value & ActivatePreemptionTimer) == 0)
            && (vmcs.EntryInterruptionInformation.Value & ValidEvent) == 0;
    }

    private EntryObservation ObserveAlone(FuzzCase one, TimeSpan patience)
    {
        try
        {
            _machine.Cpu.Timeout = patience;
            var observation = Target.Observe(one);
            _machine.Cpu.Timeout = s_patience;
            return observation;
        }
        catch (RingZeroException lost)
        {
            var isSilent = lost.Message.Contains("did not answer", StringComparison.Ordinal);
            var held = new Dictionary<VmcsField, ulong>(one.Fields);
            Restart();
            return new(isSilent ? EntryEnd.NoExit : EntryEnd.Broken, default, isSilent ? "no VM exit" : LastWords(lost), held);
        }
    }

    private static string LastWords(RingZeroException lost)
    {
        var lines = (lost.MachineOutput ?? lost.Message).Split('\n');
        return (lines.FirstOrDefault(static line => line.Contains("PANIC", StringComparison.Ordinal)) ?? lines[^1]).Trim();
    }

    private void ObserveTogether(
        ReadOnlySpan<int> batch, IReadOnlyList<FuzzCase> cases, IReadOnlyList<VmEntryReport> reports, EntryObservation[] observations)
    {
        if (batch.Length == 1)
        {
            observations[batch[0]] = ObserveAlone(cases[batch[0]]);
            return;
        }
        try
        {
            if (TryObserveTogether(batch, cases, reports, observations))
                return;
        }
        catch (RingZeroException)
        {
            Restart();
        }
        Divided++;
        ObserveTogether(batch[..(batch.Length / 2)], cases, reports, observations);
        ObserveTogether(batch[(batch.Length / 2)..], cases, reports, observations);
    }

    // False if a case did not leave the VMCS to the next one as it found it.
    private bool TryObserveTogether(
        ReadOnlySpan<int> numbers, IReadOnlyList<FuzzCase> cases, IReadOnlyList<VmEntryReport> reports, EntryObservation[] observations)
    {
        var before = Target.VmcsOf(cases[numbers[0]].Guest);
        var batch = _machine.Cpu.CreateBatch();
        Renew(batch);
        foreach (var (field, value) in before)
            batch.Vmwrite(field, value);
        var pending = new Pending[numbers.Length];
        for (var i = 0; i < numbers.Length; i++)
            pending[i] = Add(batch, cases[numbers[i]], reports[numbers[i]], before);
        var after = before.Keys.Select(field => (Field: field, Value: batch.Vmread(field))).ToArray();
        batch.Execute();

        if (after.Any(field => field.Value.Value != before[field.Field]))
            return false;
        for (var i = 0; i < numbers.Length; i++)
        {
            var observation = pending[i].Observe();
            // A guest that was entered against expectation, or a VMCS that was.
            if (observation.Outcome.Result.Error == VmInstructionError.VmlaunchNonClearVmcs
                || (observation.Outcome.IsSuccess && !reports[numbers[i]].IsValid))
            {
                return false;
            }
            observations[numbers[i]] = observation;
        }
        return true;
    }

    private Pending Add(RingZeroBatch batch, FuzzCase one, VmEntryReport report, IReadOnlyDictionary<VmcsField, ulong> before)
    {
        foreach (var patch in one.Memory)
            batch.WriteMemory(patch.Address, patch.After);
        foreach (var (field, value) in one.Fields)
            batch.Vmwrite(field, value);
        var held = one.Fields.Select(field => KeyValuePair.Create(field.Key, batch.Vmread(field.Key))).ToArray();
        var launch = batch.Vmlaunch(default);
        var pending = new Pending(held, launch, batch.Vmread(VmcsField.ExitReason), batch.Vmread(VmcsField.ExitQualification));
        foreach (var patch in one.Memory)
            batch.WriteMemory(patch.Address, patch.Before);
        foreach (var (field, _) in one.Fields)
            batch.Vmwrite(field, before[field]);
        if (report.IsValid)
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

    private sealed record Pending(
        KeyValuePair<VmcsField, RingZeroResult<ulong>>[] Held, RingZeroResult<GeneralRegisters> Launch,
        RingZeroResult<ulong> Reason, RingZeroResult<ulong> Qualification)
    {
        public EntryObservation Observe() => EntryObservation.Of(
            Launch.Outcome, Reason.Value, Qualification.Value, Held.ToDictionary(static h => h.Key, static h => h.Value.Value));
    }
}
