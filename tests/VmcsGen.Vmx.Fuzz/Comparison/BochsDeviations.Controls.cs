using System.Collections.Generic;
using VmcsGen.Vmx.Entry;
using static VmcsGen.Vmx.VmcsField;

namespace VmcsGen.Vmx.Fuzz;

/// <content>Controls and event injection.</content>
public static partial class BochsDeviations
{
    /// <summary>How Bochs reads the SDM where others read it otherwise. What comes of it is among the checker's possible outcomes.</summary>
    public static IReadOnlyList<Deviation> Readings { get; } =
    [
        new(
            "an exception has an error code even without CR0.PE, in a guest that is not unrestricted",
            static e =>
            {
                if (
                    HasCet(e)
                    || e.Secondary.UnrestrictedGuest
                    || !e.IsReal
                    || !e.Injects(out var injected)
                    || injected.Type != InterruptionType.HardwareException
                    || injected.Vector is not (8 or (>= 10 and <= 14) or 17)
                )
                {
                    return;
                }
                if (injected.DeliverErrorCode)
                    e.Ignore("InjectedErrorCodeForbidden");
                else
                    e.Find("no error code", VmEntryStage.Controls);
            }
        ),
    ];

    private static Deviation[] ControlDeviations() =>
        [
            new(
                "the size of an MSR area wraps at 4 GiB",
                static e =>
                {
                    if (Wraps(e, VmEntryMsrLoadAddress, VmEntryMsrLoadCount))
                    {
                        e.Ignore("VmEntryMsrLoadAreaAddress");
                        // All ones, where there is no memory.
                        e.Find("the first MSR", VmEntryStage.MsrLoading, 1);
                    }
                    if (Wraps(e, VmExitMsrStoreAddress, VmExitMsrStoreCount))
                    {
                        e.Ignore("VmExitMsrStoreAreaAddress");
                        e.NeverExit();
                    }
                    if (Wraps(e, VmExitMsrLoadAddress, VmExitMsrLoadCount))
                    {
                        e.Ignore("VmExitMsrLoadAreaAddress");
                        e.NeverReturn();
                    }
                }
            ),
            new(
                "entry to SMM is not refused outside of SMM as a control",
                static e =>
                {
                    if (!e.Vmcs.VmEntryControls.DeactivateDualMonitorTreatment)
                        e.Ignore("SmmControlsNeedSmm");
                }
            ),
            new(
                "an error code is not checked on processors with CET",
                static e =>
                {
                    if (HasCet(e))
                        e.Ignore("InjectedErrorCodeMissing", "InjectedErrorCodeForbidden");
                }
            ),
            new(
                "type 7 is taken on processors without the monitor trap flag, and then ends the emulator",
                static e =>
                {
                    if (
                        e.Injects(out var injected)
                        && injected.Type == InterruptionType.OtherEvent
                        && !e.Capabilities.PrimaryProcessorBased.Allowed1.MonitorTrapFlag
                    )
                    {
                        e.Ignore("InjectedEventType", "InjectedEventVector");
                        e.Panic();
                    }
                }
            ),
        ];

    private static bool HasCet(DeviatingEntry entry) => (entry.Capabilities.Cr4.Fixed1 & 1 << 23) != 0;

    // Count times 16, in 32 bits.
    private static bool Wraps(DeviatingEntry entry, VmcsField address, VmcsField count)
    {
        var entries = entry.Vmcs.Access.Read(count);
        var start = entry.Vmcs.Access.Read(address);
        var last = start + (uint)(entries << 4) - 1;
        return entries >= 0x1000_0000 && (start & 0xF) == 0 && (start | last) >> entry.Context.PhysicalAddressWidth == 0;
    }
}
