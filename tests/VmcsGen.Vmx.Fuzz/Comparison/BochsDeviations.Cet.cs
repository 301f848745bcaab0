using VmcsGen.Vmx.Entry;
using static VmcsGen.Vmx.VmcsField;

namespace VmcsGen.Vmx.Fuzz;

/// <content>Control-flow enforcement.</content>
public static partial class BochsDeviations
{
    private static Deviation[] CetDeviations() =>
        [
            new(
                "CR4.CET without CR0.WP of the host counts only where its CET state is loaded",
                static e =>
                {
                    if (!e.Vmcs.PrimaryVmExitControls.LoadCetState)
                        e.Ignore("HostCr4CetNeedsWriteProtect");
                }
            ),
            new(
                "bits 63:32 of a guest's IA32_S_CET must be 0 outside of IA-32e mode",
                static e =>
                {
                    if (
                        e.Vmcs.VmEntryControls is { LoadCetState: true, Ia32eModeGuest: false }
                        && e.Vmcs.Access.Read(GuestIa32SCet) >> 32 != 0
                    )
                        e.Find("IA32_S_CET of 32 bits", VmEntryStage.GuestState);
                }
            ),
            new(
                "SSP must be canonical in IA-32e mode, whatever the code segment",
                static e =>
                {
                    if (e.Vmcs.VmEntryControls is not { LoadCetState: true, Ia32eModeGuest: true })
                        return;
                    var ssp = e.Vmcs.Access.Read(GuestSsp);
                    var unused = 64 - e.Context.LinearAddressWidth;
                    e.Ignore("GuestSspOf32Bits", "GuestSspUnusedBits");
                    if ((ulong)((long)(ssp << unused) >> unused) != ssp)
                        e.Find("canonical SSP", VmEntryStage.GuestState);
                }
            ),
        ];
}
