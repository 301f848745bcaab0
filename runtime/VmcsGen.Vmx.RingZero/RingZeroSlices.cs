using System;
using System.Threading;

namespace VmcsGen.Vmx.RingZero;

/// <summary>
/// A turn of a guest that a token can end. VMRESUME cannot be taken back, so the VMX-preemption timer cuts the turn into slices, and the
/// token is looked at between them (SDM 3C 26.5.1 and 27.7.4). Outside of the slices the VMCS is as it was.
/// </summary>
internal readonly struct RingZeroSlices
{
    // A few milliseconds, or a few tenths of a second on Bochs. Events of the second processor come well within the first slice.
    private const ulong TicksPerSlice = 1 << 23;

    private readonly RingZeroCpu _cpu;
    private readonly ulong _region;
    private readonly PinBasedControls _pinBased;
    private readonly ulong _timer;

    private RingZeroSlices(RingZeroCpu cpu, ulong region, PinBasedControls pinBased, ulong timer)
    {
        _cpu = cpu;
        _region = region;
        _pinBased = pinBased;
        _timer = timer;
    }

    /// <summary>As <see cref="IVmxProcessor.Enter"/>, with a token that can be cancelled.</summary>
    internal static VmxResult Enter(
        RingZeroCpu cpu,
        ulong region,
        bool isLaunched,
        ref GeneralRegisters registers,
        ReadOnlySpan<VmcsField> fields,
        Span<ulong> values,
        Span<VmxResult> outcomes,
        CancellationToken cancellationToken
    )
    {
        var timerControl = new VmxControlSet { PinBased = new() { ActivateVmxPreemptionTimer = true } };
        if (!cpu.Capabilities.Configure(timerControl).IsSupported)
            throw Refuse($"which this processor does not have ({nameof(VmxMsr)}.{nameof(VmxMsr.Ia32VmxPinbasedCtls)})");
        var batch = cpu.CreateBatch();
        var loaded = batch.Vmptrld(region);
        var pinBased = batch.Vmread(VmcsField.PinBasedControls);
        var exit = batch.Vmread(VmcsField.PrimaryVmExitControls);
        var timer = batch.Vmread(VmcsField.VmxPreemptionTimerValue);
        batch.Execute();
        if (!loaded.Outcome.IsSuccess)
            return loaded.Outcome;
        var pin = new PinBasedControls((uint)pinBased.Value);
        if (pin.ActivateVmxPreemptionTimer)
            throw Refuse("which the VMCS has for itself");
        // A rule of VM entry that the timer would hide: the entry fails.
        if (new PrimaryVmExitControls((uint)exit.Value).SaveVmxPreemptionTimerValue)
            return cpu.Enter(region, isLaunched, ref registers, fields, values, outcomes, CancellationToken.None);
        var slices = new RingZeroSlices(cpu, region, pin, timer.Value);
        while (true)
        {
            var result = slices.Run(isLaunched, ref registers, fields, values, outcomes, out var reason);
            if (!result.IsSuccess || reason.BasicReason != BasicExitReason.PreemptionTimerExpired)
                return result;
            isLaunched = true;
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private VmxResult Run(
        bool isLaunched,
        ref GeneralRegisters registers,
        ReadOnlySpan<VmcsField> fields,
        Span<ulong> values,
        Span<VmxResult> outcomes,
        out ExitReason reason
    )
    {
        var batch = _cpu.CreateBatch();
        batch.Vmwrite(VmcsField.PinBasedControls, (_pinBased with { ActivateVmxPreemptionTimer = true }).Value);
        batch.Vmwrite(VmcsField.VmxPreemptionTimerValue, TicksPerSlice >> (int)_cpu.Capabilities.Misc.PreemptionTimerRate);
        var entry = batch.Enter(_region, isLaunched, registers, [VmcsField.ExitReason]);
        Restore(batch);
        var read = batch.VmreadFields(fields);
        try
        {
            batch.Execute();
        }
        catch (NotSupportedException)
        {
            // The entry was kept from the machine, and what follows it with it.
            Restore(batch);
            batch.Execute();
            throw;
        }
        reason = default;
        if (entry.IsSuccess)
        {
            var (after, ended, _) = entry.Value;
            registers = after;
            reason = new ExitReason((uint)ended[0]);
            read.Value.Values.CopyTo(values);
            read.Value.Outcomes.CopyTo(outcomes);
        }
        return entry.Outcome;
    }

    private void Restore(RingZeroBatch batch)
    {
        batch.Vmwrite(VmcsField.PinBasedControls, _pinBased.Value);
        batch.Vmwrite(VmcsField.VmxPreemptionTimerValue, _timer);
    }

    private static NotSupportedException Refuse(string reason) =>
        new(
            $"The guest's turn could not be cancelled: that takes the VMX-preemption timer, {reason}. Run the guest without a token that can be "
                + "cancelled; where it never exits, the machine can be disposed of."
        );
}
