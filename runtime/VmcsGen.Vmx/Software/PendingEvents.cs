using System.Threading;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Software;

/// <summary>
/// The events that have reached a software processor and that nothing has taken yet. Any thread may add some; the processor's own
/// takes them.
/// </summary>
internal sealed class PendingEvents
{
    private readonly Lock _lock = new();
    private VectorSet _interrupts;
    private bool _nmi;
    private bool _init;
    private byte? _sipi;
    private volatile bool _isAny;

    /// <summary>Whether an INIT signal waits.</summary>
    internal bool HasInit => _isAny && _init;

    internal void Add(VmxEvent pending)
    {
        lock (_lock)
        {
            switch (pending.Kind)
            {
                case VmxEventKind.ExternalInterrupt:
                    _interrupts.Add(pending.Vector);
                    break;
                case VmxEventKind.Nmi:
                    _nmi = true;
                    break;
                case VmxEventKind.Init:
                    _init = true;
                    break;
                default:
                    _sipi = pending.Vector;
                    break;
            }
            _isAny = true;
        }
    }

    /// <summary>The VM exit at a boundary that events or windows cause, by priority; null if the guest goes on (SDM 3C 26.2 and 27.7).</summary>
    /// <param name="controls">The guest's controls.</param>
    /// <param name="boundary">Where the guest is.</param>
    /// <param name="taskPriority">CR8: the priority class up to which interrupts wait.</param>
    internal VmExit? TakeExit(in VmxControlSet controls, in VmxBoundary boundary, ulong taskPriority)
    {
        var isWaiting = boundary.Activity == ActivityState.WaitForSipi;
        if (_isAny)
        {
            lock (_lock)
            {
                if ((isWaiting ? TakeSipi() : TakeSignal(controls, boundary)) is { } signal)
                    return signal;
                if (!isWaiting && OpensNmiWindow(controls, boundary))
                    return Exit(BasicExitReason.NmiWindow);
                if (!isWaiting && TakeInterruptExit(controls, boundary, taskPriority) is { } interrupt)
                    return interrupt;
            }
        }
        else if (!isWaiting && OpensNmiWindow(controls, boundary))
        {
            return Exit(BasicExitReason.NmiWindow);
        }
        var opensWindow =
            controls.PrimaryProcessorBased.InterruptWindowExiting
            && boundary.InterruptFlag
            && !boundary.IsShadowed
            && boundary.Activity is ActivityState.Active or ActivityState.Hlt;
        return opensWindow ? Exit(BasicExitReason.InterruptWindow) : null;
    }

    /// <summary>The event that the guest takes at a boundary through its own IDT, since no control makes it exit.</summary>
    internal VmxEvent? TakeForGuest(in VmxControlSet controls, in VmxBoundary boundary, ulong taskPriority)
    {
        if (!_isAny || boundary.IsShadowed || boundary.Activity == ActivityState.WaitForSipi)
            return null;
        lock (_lock)
        {
            if (_nmi && !controls.PinBased.NmiExiting && !boundary.Interruptibility.BlockingByNmi)
            {
                _nmi = false;
                Update();
                return VmxEvent.Nmi;
            }
            if (controls.PinBased.ExternalInterruptExiting || !boundary.InterruptFlag || boundary.Activity == ActivityState.Shutdown)
                return null;
            return TakeInterrupt(taskPriority) is { } vector ? VmxEvent.ExternalInterrupt(vector) : null;
        }
    }

    /// <summary>Takes the interrupt of the highest priority, if its class is above the task priority (SDM 3A 12.8.3).</summary>
    internal byte? Acknowledge(ulong taskPriority)
    {
        lock (_lock)
            return TakeInterrupt(taskPriority);
    }

    // SIPIs reach a guest that waits for one; INIT signals and all else are blocked there.
    private VmExit? TakeSipi()
    {
        if (_sipi is not { } vector)
            return null;
        _sipi = null;
        Update();
        return Exit(BasicExitReason.StartupIpi) with { Qualification = vector };
    }

    private VmExit? TakeSignal(in VmxControlSet controls, in VmxBoundary boundary)
    {
        // Elsewhere a SIPI is discarded.
        _sipi = null;
        if (_init)
        {
            _init = false;
            Update();
            return Exit(BasicExitReason.InitSignal);
        }
        // With virtual NMIs the blocking is of those, and NMIs always exit.
        var isBlocked = boundary.Interruptibility.BlockingByNmi && !controls.PinBased.VirtualNmis;
        if (!_nmi || !controls.PinBased.NmiExiting || isBlocked || boundary.IsShadowed)
        {
            Update();
            return null;
        }
        _nmi = false;
        Update();
        return Exit(BasicExitReason.ExceptionOrNmi) with { Interruption = Information(InterruptionType.Nmi, VmxEvent.Nmi.Vector) };
    }

    private VmExit? TakeInterruptExit(in VmxControlSet controls, in VmxBoundary boundary, ulong taskPriority)
    {
        if (
            !controls.PinBased.ExternalInterruptExiting
            || boundary.IsShadowed
            || boundary.Activity == ActivityState.Shutdown
            || Highest(taskPriority) is not { } vector
        )
        {
            return null;
        }
        if (!controls.PrimaryVmExit.AcknowledgeInterruptOnExit)
            return Exit(BasicExitReason.ExternalInterrupt);
        Remove(vector);
        return Exit(BasicExitReason.ExternalInterrupt) with { Interruption = Information(InterruptionType.ExternalInterrupt, vector) };
    }

    private static bool OpensNmiWindow(in VmxControlSet controls, in VmxBoundary boundary) =>
        controls.PrimaryProcessorBased.NmiWindowExiting && !boundary.Interruptibility.BlockingByNmi && !boundary.IsShadowed;

    private byte? TakeInterrupt(ulong taskPriority)
    {
        if (Highest(taskPriority) is not { } vector)
            return null;
        Remove(vector);
        return vector;
    }

    private byte? Highest(ulong taskPriority)
    {
        byte? highest = null;
        foreach (var vector in _interrupts)
            highest = vector;
        return highest >> 4 > (int)taskPriority ? highest : null;
    }

    private void Remove(byte vector)
    {
        _interrupts.Remove(vector);
        Update();
    }

    private void Update() => _isAny = _nmi || _init || _sipi is not null || !_interrupts.IsEmpty;

    private static VmExit Exit(BasicExitReason reason) => new() { Reason = new ExitReason { BasicReason = reason } };

    private static ExitInterruptionInformation Information(InterruptionType type, byte vector) =>
        new()
        {
            Valid = true,
            Type = type,
            Vector = vector,
        };
}
