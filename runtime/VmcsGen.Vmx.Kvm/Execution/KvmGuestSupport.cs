using System.Collections.Generic;
using VmcsGen.Vmx.Entry;
using VmcsGen.Vmx.Software;

namespace VmcsGen.Vmx.Kvm;

/// <summary>What the executor on KVM does not carry over of a guest.</summary>
internal static class KvmGuestSupport
{
    internal static VmxControlSet Controls { get; } =
        new()
        {
            PinBased = SoftwareVmxDefaults.PinBased,
            PrimaryProcessorBased = SoftwareVmxDefaults.Primary,
            SecondaryProcessorBased = SoftwareVmxDefaults.Secondary,
            PrimaryVmExit = SoftwareVmxDefaults.Exit,
            VmEntry = SoftwareVmxDefaults.Entry,
        };

    internal static List<string> Find(VmxGuest guest)
    {
        var names = new List<string>();
        foreach (var word in VmxControlWord.All)
        {
            // Reserved bits are what VM entry wants them to be.
            var named = 0ul;
            foreach (ref readonly var part in word.Parts)
                named |= part.Mask;
            VmxControlSet.AddNames(names, word, guest.Controls[word] & named & ~Controls[word]);
        }
        var vmcs = guest.Vmcs;
        if (!guest.Controls.PrimaryProcessorBased.HltExiting)
            names.Add($"{nameof(PrimaryProcessorBasedControls)}.{nameof(PrimaryProcessorBasedControls.HltExiting)} = 0");
        if ((vmcs.ExceptionBitmap & ~(1u << (int)ExceptionVector.Breakpoint)) is var exceptions and not 0)
            names.Add($"{nameof(vmcs.ExceptionBitmap)} = 0x{exceptions:X} (only bit 3, #BP by INT3)");
        if (
            vmcs.EntryInterruptionInformation is
            {
                Valid: true,
                Type: not (InterruptionType.ExternalInterrupt or InterruptionType.Nmi or InterruptionType.HardwareException)
            } injected
        )
            names.Add($"{nameof(vmcs.EntryInterruptionInformation)} of type {injected.Type}");
        if (vmcs.GuestActivityState != ActivityState.Active)
            names.Add($"{nameof(vmcs.GuestActivityState)} = {vmcs.GuestActivityState}");
        var interruptibility = vmcs.GuestInterruptibilityState with
        {
            BlockingBySti = false,
            BlockingByMovSs = false,
            BlockingByNmi = false,
        };
        if (interruptibility.Value != 0)
            names.Add($"{nameof(vmcs.GuestInterruptibilityState)} = {interruptibility}");
        if (vmcs.GuestPendingDebugExceptions.Value != 0)
            names.Add($"{nameof(vmcs.GuestPendingDebugExceptions)} = {vmcs.GuestPendingDebugExceptions}");
        if ((vmcs.GuestRflags & RegisterBits.RflagsTf) != 0)
            names.Add($"{nameof(vmcs.GuestRflags)}.TF (single-stepping by the guest)");
        if (guest.Controls.VmEntry.LoadDebugControls && vmcs.GuestIa32Debugctl != 0)
            names.Add($"{nameof(vmcs.GuestIa32Debugctl)} = 0x{vmcs.GuestIa32Debugctl:X}");
        if (guest.Controls.VmEntry.LoadDebugControls && (vmcs.GuestDr7 & 0xFF) != 0)
            names.Add($"{nameof(vmcs.GuestDr7)} = 0x{vmcs.GuestDr7:X} (breakpoints)");
        if (guest.Controls.SecondaryProcessorBased.EnableEpt)
        {
            if (vmcs.EptPointer.EnableAccessedAndDirtyFlags)
                names.Add($"{nameof(EptPointer)}.{nameof(EptPointer.EnableAccessedAndDirtyFlags)}");
            if (vmcs.EptPointer.EnforceSupervisorShadowStack)
                names.Add($"{nameof(EptPointer)}.{nameof(EptPointer.EnforceSupervisorShadowStack)}");
        }
        return names;
    }
}
