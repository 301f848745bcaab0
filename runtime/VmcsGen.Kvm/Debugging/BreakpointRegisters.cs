using System;
using System.Collections.Generic;

namespace VmcsGen.Kvm;

/// <summary>
/// The breakpoint registers of a debugged vCPU: those that its user set, and in free ones stand-ins for breakpoints that cannot be
/// written into memory.
/// </summary>
internal sealed class BreakpointRegisters
{
    private readonly HardwareBreakpoint?[] _own = new HardwareBreakpoint?[HardwareBreakpoint.RegisterCount];
    private readonly ulong?[] _standIns = new ulong?[HardwareBreakpoint.RegisterCount];

    /// <summary>Whether the user set any.</summary>
    internal bool Any => Array.Exists(_own, static breakpoint => breakpoint is not null);

    internal void Set(int register, HardwareBreakpoint? breakpoint) => _own[register] = breakpoint;

    internal void ClearStandIns() => Array.Clear(_standIns);

    /// <summary>Gives addresses of instructions a free register each; false, and none, if there are too few.</summary>
    internal bool TryPlaceStandIns(IReadOnlyCollection<ulong> addresses)
    {
        ClearStandIns();
        if (addresses.Count > Array.FindAll(_own, static breakpoint => breakpoint is null).Length)
            return false;
        var register = 0;
        foreach (var address in addresses)
        {
            while (_own[register] is not null)
                register++;
            _standIns[register++] = address;
        }
        return true;
    }

    /// <summary>Whether the user has a breakpoint on the execution of an instruction.</summary>
    internal bool ExecutesAt(ulong address) => ReachedAt(address) != DebugStopReasons.None;

    /// <summary>The user's breakpoints on the execution of an instruction.</summary>
    internal DebugStopReasons ReachedAt(ulong address)
    {
        var reached = DebugStopReasons.None;
        for (var register = 0; register < _own.Length; register++)
        {
            if (_own[register] is { Condition: HardwareBreakpointCondition.Execution } breakpoint && breakpoint.Address == address)
                reached |= (DebugStopReasons)(1 << register);
        }
        return reached;
    }

    /// <summary>What DR6 tells of them.</summary>
    internal DebugStopReasons ReasonsOf(ulong dr6)
    {
        var reasons = DebugStopReasons.None;
        for (var register = 0; register < _own.Length; register++)
        {
            // DR6 also tells of breakpoints whose condition was met and that are not enabled. Source: SDM 3B 19.2.3.
            var met = dr6 & 1UL << register;
            if (_own[register] is not null)
                reasons |= (DebugStopReasons)met;
            else if (_standIns[register] is not null && met != 0)
                reasons |= DebugStopReasons.Breakpoint;
        }
        return reasons;
    }

    /// <summary>Adds them to what KVM is told, if there are any.</summary>
    /// <param name="debug">What KVM is told.</param>
    /// <param name="passed">
    /// Where a breakpoint on execution is left out. KVM does not set RFLAGS.RF, which passes it, by itself.
    /// </param>
    internal void AddTo(ref KvmGuestDebug debug, ulong? passed)
    {
        ulong control = 0;
        for (var register = 0; register < _own.Length; register++)
        {
            HardwareBreakpoint? standIn = _standIns[register] is { } place ? HardwareBreakpoint.OnExecution(place) : null;
            if (
                (_own[register] ?? standIn) is not { } breakpoint
                || (breakpoint.Condition == HardwareBreakpointCondition.Execution && breakpoint.Address == passed)
            )
            {
                continue;
            }
            debug.Arch.Debugreg[register] = breakpoint.Address;
            control |= breakpoint.Dr7Bits(register);
        }
        if (control == 0)
            return;
        debug.Control |= KvmGuestDebugControl.UseHwBp;
        debug.Arch.Debugreg[7] = control | HardwareBreakpoint.Dr7AlwaysSet;
    }
}
