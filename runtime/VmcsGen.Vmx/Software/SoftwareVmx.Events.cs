using System;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Vmx.Software;

// Events from outside (SDM 3C 26.2 and 27.7).
public sealed partial class SoftwareVmx
{
    private readonly PendingEvents _events = new();

    /// <inheritdoc/>
    /// <remarks>
    /// Any thread may call this, also while a guest runs. An event that is pending at VM entry is taken before the guest's first
    /// instruction; so is one of the windows. No executor is needed for a VM exit there.
    /// </remarks>
    public void Pend(VmxEvent pending)
    {
        if (pending.Kind == VmxEventKind.Init && !_isInVmxOperation)
        {
            throw new InvalidOperationException(
                "INIT resets a processor that is not in VMX operation, and its program with it. Execute VMXON first."
            );
        }
        _events.Add(pending);
    }

    /// <inheritdoc/>
    public bool TryAcknowledgeInterrupt(out byte vector)
    {
        var taken = _events.Acknowledge(_cr8);
        vector = taken ?? 0;
        return taken is not null;
    }

    // An injected event is delivered first, which is the executor's part.
    private static VmExit? ExitAtEntry(VmxGuest guest) =>
        guest.Vmcs.EntryInterruptionInformation.Valid
            ? null
            : guest.TakeExit(
                new VmxBoundary(
                    (guest.Vmcs.GuestRflags & RegisterBits.RflagsIf) != 0,
                    guest.Vmcs.GuestInterruptibilityState,
                    guest.Vmcs.GuestActivityState
                )
            );
}
