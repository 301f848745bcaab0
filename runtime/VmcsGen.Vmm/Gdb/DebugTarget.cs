using System;
using System.Collections.Generic;
using System.Threading;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>
/// A guest under a debugger: stops all vCPUs together, lets some of them run or step, and knows the breakpoints. Everything but
/// <see cref="Serve"/> is called by one thread, and what touches the guest while it is stopped.
/// </summary>
internal sealed class DebugTarget
{
    internal const string NoWatchpoints = "This host's KVM stops at no watchpoints.";

    private const ulong LongModeActive = 1 << 10; // EFER.LMA

    private readonly VcpuThreads _threads;
    private readonly Action<DebugEvent> _report;
    private readonly GuestDebugAbilities _abilities;
    private readonly bool[] _steps;
    private readonly KvmRegs?[] _stepsFrom;
    private readonly HardwareBreakpoint?[] _hardware = new HardwareBreakpoint?[HardwareBreakpoint.RegisterCount];
    private readonly List<VcpuPause> _held = [];
    private readonly Lock _gate = new();
    private VcpuPause? _pause;
    private bool _isAttached;

    internal DebugTarget(VcpuThreads threads, GuestPhysicalMemory memory, GuestDebugAbilities abilities, Action<DebugEvent> report)
    {
        _threads = threads;
        _report = report;
        _abilities = abilities;
        _steps = new bool[threads.Vcpus.Count];
        _stepsFrom = new KvmRegs?[threads.Vcpus.Count];
        Breakpoints = new(memory, abilities.SoftwareBreakpoints);
    }

    internal MemoryBreakpoints Breakpoints { get; }

    internal IReadOnlyList<KvmVcpu> Vcpus => _threads.Vcpus;

    /// <summary>Whether writes and reads can stop the guest.</summary>
    internal bool HasWatchpoints => _abilities.HardwareBreakpoints;

    /// <summary>What a debugger should know of this host, or null.</summary>
    internal string? Warning =>
        (_abilities.SoftwareBreakpoints, _abilities.HardwareBreakpoints) switch
        {
            (_, true) => null,
            (true, false) => $"{NoWatchpoints} Hardware breakpoints are written into memory.",
            (false, false) => $"{NoWatchpoints} It stops at breakpoints in the half of the addresses that is the kernel's. Elsewhere, and "
                + "where nothing is mapped yet, the guest goes by single steps, which is slow and does not enter handlers of interrupts.",
        };

    internal bool IsStopped => _pause is not null;

    /// <summary>Stops all vCPUs and begins to look at their exits.</summary>
    internal void Attach(CancellationToken cancellationToken)
    {
        _isAttached = true;
        Stop(cancellationToken);
    }

    /// <summary>Removes what the debugger left in the guest, and lets it go.</summary>
    internal void Detach()
    {
        Breakpoints.Clear();
        Array.Clear(_hardware);
        _isAttached = false;
        foreach (var vcpu in Vcpus)
            vcpu.SetGuestDebug(default);
        LetGo();
    }

    /// <summary>Waits until all vCPUs stand.</summary>
    internal void Stop(CancellationToken cancellationToken)
    {
        lock (_gate)
            _pause ??= _threads.RequestPause();
        _pause.Wait(cancellationToken);
        foreach (var held in _held)
            held.Dispose();
        _held.Clear();
    }

    /// <summary>Lets vCPUs run.</summary>
    /// <param name="actions">For each vCPU what it does: 'c', 's', or 0 to stay where it is.</param>
    internal void Resume(ReadOnlySpan<char> actions)
    {
        for (var i = 0; i < actions.Length; i++)
        {
            _steps[i] = actions[i] == 's';
            if (actions[i] == 0)
                _held.Add(_threads.RequestPause(i));
            else
                Arm(i);
        }
        LetGo();
    }

    /// <summary>Sets a breakpoint register for all vCPUs; false if all four are taken.</summary>
    internal bool TryAddHardware(HardwareBreakpoint breakpoint)
    {
        if (Array.IndexOf(_hardware, breakpoint) >= 0)
            return true;
        var free = Array.IndexOf(_hardware, null);
        if (free < 0)
            return false;
        _hardware[free] = breakpoint;
        // Without debug registers an instruction in memory does the same, if memory is there already.
        if (!_abilities.HardwareBreakpoints)
            Breakpoints.TryAdd(Vcpus[0], breakpoint.Address);
        return true;
    }

    internal void RemoveHardware(HardwareBreakpoint breakpoint)
    {
        var index = Array.IndexOf(_hardware, breakpoint);
        if (index < 0)
            return;
        _hardware[index] = null;
        if (!_abilities.HardwareBreakpoints)
            Breakpoints.Remove(breakpoint.Address);
    }

    /// <summary>Looks at an exit, on the thread of its vCPU: true if it is about debugging.</summary>
    internal bool Serve(KvmVcpu vcpu, KvmExit exit)
    {
        if (!_isAttached)
            return false;
        var index = IndexOf(vcpu);
        if (IsToBeRepeated(index, exit))
            return true;
        if (EventOf(index, vcpu, exit) is not { } stop)
        {
            if (exit.Reason != KvmExitReason.Debug)
                return false;
            Arm(index); // A step on the way to a breakpoint.
            return true;
        }
        lock (_gate)
            _pause ??= _threads.RequestPause();
        _report(stop);
        return true;
    }

    private void LetGo()
    {
        lock (_gate)
        {
            _pause?.Dispose();
            _pause = null;
        }
    }

    /// <summary>Whether there are breakpoints that are met by single steps, as this host's KVM does not stop at them by itself.</summary>
    private bool GoesBySteps =>
        Breakpoints.NeedSteps
        || (
            !_abilities.HardwareBreakpoints
            && Array.Exists(_hardware, breakpoint => breakpoint is { } one && !Breakpoints.StopAt(one.Address))
        );

    // KVM ties a step to where the vCPU stands now, so this comes after registers were written.
    private void Arm(int index)
    {
        KvmGuestDebug debug = default;
        var events = Breakpoints.Count > 0 && _abilities.SoftwareBreakpoints ? KvmGuestDebugControl.UseSwBp : 0;
        if (_steps[index] || GoesBySteps)
            events |= KvmGuestDebugControl.Singlestep;
        ulong control = 0;
        for (var register = 0; register < _hardware.Length; register++)
        {
            if (_hardware[register] is not { } breakpoint)
                continue;
            debug.Arch.Debugreg[register] = breakpoint.Address;
            control |= breakpoint.Dr7Bits(register);
        }
        if (control != 0 && _abilities.HardwareBreakpoints)
        {
            events |= KvmGuestDebugControl.UseHwBp;
            debug.Arch.Debugreg[7] = control | 1 << 10; // Bit 10 is always 1. Source: SDM 3B 19.2.4.
        }
        debug.Control = events == 0 ? 0 : events | KvmGuestDebugControl.Enable;
        Vcpus[index].SetGuestDebug(debug);
        _stepsFrom[index] = null;
        if (!events.HasFlag(KvmGuestDebugControl.Singlestep))
            return;
        Vcpus[index].GetRegs(out var regs);
        _stepsFrom[index] = regs;
    }

    private bool IsToBeRepeated(int index, KvmExit exit)
    {
        if (_stepsFrom[index] is not { } before || !SingleSteps.IsEndedBy(exit))
            return false;
        _stepsFrom[index] = null; // Once is enough.
        Vcpus[index].GetRegs(out var after);
        return SingleSteps.IsToBeRepeated(exit, before, after);
    }

    private DebugEvent? EventOf(int index, KvmVcpu vcpu, KvmExit exit)
    {
        switch (exit.Reason)
        {
            case KvmExitReason.Debug when exit.Debug.Exception == KvmExceptionVector.Breakpoint:
                return new(index, Breakpoints.Contains(exit.Debug.Pc) ? DebugEventKind.SoftwareBreakpoint : DebugEventKind.GuestBreakpoint);

            case KvmExitReason.Debug:
                for (var register = 0; register < _hardware.Length; register++)
                {
                    if ((exit.Debug.Dr6 & 1UL << register) != 0 && _hardware[register] is { } breakpoint)
                        return new(index, KindOf(breakpoint), breakpoint.Address);
                }
                if (_steps[index])
                    return new(index, DebugEventKind.Step);
                return Breakpoints.Contains(exit.Debug.Pc) || IsHardware(exit.Debug.Pc) ? EventAt(index, exit.Debug.Pc) : null;

            case KvmExitReason.Io when exit.Io.Port == MemoryBreakpoints.Port && StandsAtOut(vcpu):
                // KVM is done with the instruction only when the vCPU is entered again.
                vcpu.TryCompleteExit(out _);
                vcpu.GetRegs(out var regs);
                regs.Rip -= Breakpoints.InstructionLength;
                vcpu.SetRegs(regs);
                return EventAt(index, regs.Rip);

            // KVM's emulator refuses INT3 outside of real mode, and leaves RIP there.
            case KvmExitReason.InternalError when Breakpoints.Count > 0 && Breakpoints.Contains(LinearRip(vcpu)):
                return EventAt(index, LinearRip(vcpu));

            default:
                return null;
        }
    }

    // Whether it is skipped before or after the exit is KVM's affair, and not the same for all hosts.
    private bool StandsAtOut(KvmVcpu vcpu)
    {
        if (_abilities.SoftwareBreakpoints || Breakpoints.Count == 0)
            return false;
        var rip = LinearRip(vcpu);
        return Breakpoints.StopAt(rip) || Breakpoints.StopAt(rip - Breakpoints.InstructionLength);
    }

    private bool IsHardware(ulong address) => Array.IndexOf(_hardware, HardwareBreakpoint.OnExecution(address)) >= 0;

    private DebugEvent EventAt(int index, ulong address) =>
        new(index, IsHardware(address) ? DebugEventKind.HardwareBreakpoint : DebugEventKind.SoftwareBreakpoint);

    private static DebugEventKind KindOf(HardwareBreakpoint breakpoint) =>
        breakpoint.Condition switch
        {
            HardwareBreakpointCondition.Execution => DebugEventKind.HardwareBreakpoint,
            HardwareBreakpointCondition.Write => DebugEventKind.Watchpoint,
            _ => DebugEventKind.AccessWatchpoint,
        };

    private int IndexOf(KvmVcpu vcpu)
    {
        for (var i = 0; i < Vcpus.Count; i++)
        {
            if (Vcpus[i] == vcpu)
                return i;
        }
        throw new ArgumentException($"vCPU {vcpu.Id} is not one of those that are debugged.", nameof(vcpu));
    }

    private static ulong LinearRip(KvmVcpu vcpu)
    {
        vcpu.GetRegs(out var regs);
        vcpu.GetSregs(out var sregs);
        return (sregs.Efer & LongModeActive) != 0 && sregs.Cs.L != 0 ? regs.Rip : (uint)(sregs.Cs.Base + regs.Rip);
    }
}
