using VmcsGen.Vmx;
using VmcsGen.Vmx.Structures;

namespace BareMetal.Lifting;

/// <summary>
/// The control words for a lifted system: as few VM exits as can be. What the processor would do differently in a guest than outside is
/// made the same.
/// </summary>
internal static unsafe class LiftedControls
{
    private const uint LastVmxCapability = (uint)VmxMsr.Ia32VmxProcbasedCtls3;

    /// <summary>The control that cannot be done without and is missing; empty if there is none.</summary>
    public static string WhatLacks()
    {
        if (!Controls.HasUnrestrictedGuest)
            return "unrestricted guest";
        // A system on its way to 64-bit mode has IA32_EFER.LME set, and IA32_EFER.LMA not yet: the processor must keep both.
        if (new PrimaryVmExitControls(Controls.Exit().Allowed1) is not { SaveIa32Efer: true, LoadIa32Efer: true })
            return "save IA32_EFER";
        return new VmEntryControls(Controls.Entry().Allowed1).LoadIa32Efer ? "" : "load IA32_EFER";
    }

    /// <summary>Writes them into the current VMCS.</summary>
    public static void Write()
    {
        var vmcs = ProcessorVmcs.Current;
        vmcs.PinBasedControls = new(Controls.Adjust(Controls.Pin(), 0));
        vmcs.PrimaryProcessorBasedControls = new(
            Controls.Adjust(
                Controls.Primary(),
                new PrimaryProcessorBasedControls { UseMsrBitmaps = true, ActivateSecondaryControls = true }.Value
            )
        );
        // Without these controls the instructions cause #UD in guests; where the processor does not have them, it has no such control.
        vmcs.SecondaryProcessorBasedControls = new(
            Controls.Adjust(
                Controls.Secondary(),
                new SecondaryProcessorBasedControls
                {
                    EnableEpt = true,
                    UnrestrictedGuest = true,
                    EnableRdtscp = true,
                    EnableInvpcid = true,
                    EnableXsavesXrstors = true,
                    EnableUserWaitAndPause = true,
                }.Value
            )
        );
        vmcs.PrimaryVmExitControls = new(
            Controls.Adjust(
                Controls.Exit(),
                new PrimaryVmExitControls
                {
                    SaveDebugControls = true,
                    HostAddressSpaceSize = true,
                    SaveIa32Efer = true,
                    LoadIa32Efer = true,
                }.Value
            )
        );
        vmcs.VmEntryControls = new(
            Controls.Adjust(Controls.Entry(), new VmEntryControls { LoadDebugControls = true, LoadIa32Efer = true }.Value)
        );
        vmcs.MsrBitmap = MsrBitmapWithoutVmx();
    }

    // The guest has all MSRs but those of VMX, which its CPUID does not have.
    private static ulong MsrBitmapWithoutVmx()
    {
        var page = (byte*)Memory.Page();
        var msrs = new MsrBitmap(new(page, (int)Memory.PageSize));
        for (var msr = (uint)VmxMsr.Ia32VmxBasic; msr <= LastVmxCapability; msr++)
            msrs.Intercept(msr);
        return (ulong)page;
    }
}
