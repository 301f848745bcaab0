using System;
using System.Runtime.InteropServices;

namespace VmcsGen.Kvm;

/// <summary>What KVM was told last to end a vCPU's runs for.</summary>
internal sealed class ArmedDebugging(KvmVcpu vcpu)
{
    // A step and an injected breakpoint are for once.
    private const KvmGuestDebugControl ForOnce = KvmGuestDebugControl.Singlestep | KvmGuestDebugControl.InjectBp;

    private KvmGuestDebug? _last;

    /// <summary>Whether the guest gets the breakpoint exception with the next that is set.</summary>
    internal bool PassesBreakpoint { get; set; }

    /// <summary>Tells KVM, unless it knows; without any event the vCPU is not debugged.</summary>
    internal void Set(KvmGuestDebug debug)
    {
        // KVM binds the stepping to RIP as it is at KVM_SET_GUEST_DEBUG: what was changed must be there before.
        vcpu.SyncRegs.LoadChanged();
        if (PassesBreakpoint)
            debug.Control |= KvmGuestDebugControl.InjectBp;
        if (debug.Control != 0)
            debug.Control |= KvmGuestDebugControl.Enable;
        // A loop asks for the same again and again.
        if ((debug.Control & ForOnce) == 0 && _last is { } last && AsBytes(debug).SequenceEqual(AsBytes(last)))
            return;
        vcpu.SetGuestDebug(debug);
        _last = debug;
        PassesBreakpoint = false;
    }

    private static ReadOnlySpan<byte> AsBytes(in KvmGuestDebug debug) => MemoryMarshal.AsBytes(new ReadOnlySpan<KvmGuestDebug>(in debug));
}
