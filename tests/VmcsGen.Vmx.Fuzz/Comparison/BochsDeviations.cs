using System.Collections.Generic;
using VmcsGen.Vmx.Entry;
using static VmcsGen.Vmx.VmcsField;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>Where Bochs 2.7 checks VM entries otherwise than the SDM says, each seen in cases.</summary>
public static partial class BochsDeviations
{
    /// <summary>All that is known of Bochs.</summary>
    public static MachineDeviations Known => new(All, Effects, Msrs);

    /// <summary>What it checks otherwise. What one changes the next ones see.</summary>
    public static IReadOnlyList<Deviation> All { get; } =
    [.. ControlDeviations(), .. SegmentDeviations(), .. RegisterDeviations(), .. CetDeviations(), .. StateDeviations()];

    private static Deviation[] RegisterDeviations() =>
        [
            new("reserved bits of IA32_DEBUGCTL are not checked", static e => e.Ignore("GuestIa32DebugctlReservedBits")),
            new(
                "reserved bits of IA32_PERF_GLOBAL_CTRL are not checked",
                static e => e.Ignore("GuestIa32PerfGlobalCtrlReservedBits", "HostIa32PerfGlobalCtrlReservedBits")
            ),
            new(
                "paging is not asked of an unrestricted IA-32e guest",
                static e =>
                {
                    if (e.Secondary.UnrestrictedGuest)
                        e.Ignore("Ia32eModeGuestNeedsPaging");
                }
            ),
            new("the upper bits of RIP are not checked in 64-bit code", static e => e.Ignore("GuestRipUnusedBits")),
            new(
                "an unrestricted guest may have RFLAGS.VM in real-address mode",
                static e =>
                {
                    if (e.IsReal && !e.Vmcs.VmEntryControls.Ia32eModeGuest)
                        e.Ignore("GuestRflagsVirtual8086");
                }
            ),
        ];

    private static Deviation[] SegmentDeviations() =>
        [
            new(
                "SS with a null selector is not checked in 64-bit code",
                static e =>
                {
                    if (
                        e.Vmcs.VmEntryControls.Ia32eModeGuest
                        && e.Vmcs.GuestCsAccessRights.LongMode
                        && (e.Vmcs.Access.Read(GuestSsSelector) & 0xFFFC) == 0
                    )
                    {
                        e.Ignore("GuestSsAccessRightsType");
                        foreach (
                            var rule in (string[])
                                ["GuestSegmentDescriptorType", "GuestSegmentPresent", "GuestSegmentReservedBits", "GuestSegmentGranularity"]
                        )
                            e.IgnoreOf(GuestSsAccessRights, rule);
                        e.IgnoreOf(GuestSsLimit, "GuestSegmentGranularity");
                        e.IgnoreOf(GuestSsBase, "GuestDataSegmentBase");
                    }
                }
            ),
            new(
                "the DPL of a data segment register with a code segment of type 11 is not checked",
                static e =>
                {
                    for (var segment = 0u; segment < 12; segment += 2)
                    {
                        if ((e.Vmcs.Access.Read(GuestEsAccessRights + segment) & 0xF) == 11)
                            e.IgnoreOf(GuestEsAccessRights + segment, "GuestDataSegmentDpl");
                    }
                }
            ),
            new(
                "the DPL of CS is compared with its RPL and not with the DPL of SS in an unrestricted guest",
                static e =>
                {
                    if (!e.Secondary.UnrestrictedGuest || e.IsVirtual8086)
                        return;
                    e.Ignore("GuestCsDplNonconforming", "GuestCsDplConforming");
                    var rights = e.Vmcs.GuestCsAccessRights;
                    var rpl = e.Vmcs.Access.Read(GuestCsSelector) & 3;
                    if (rights.Type is 9 or 11 ? rpl != rights.Dpl : rights.Type is 13 or 15 && rpl < rights.Dpl)
                        e.Find("CS.RPL against CS.DPL", VmEntryStage.GuestState);
                }
            ),
        ];

    private static Deviation[] StateDeviations() =>
        [
            new(
                "an NMI that STI blocks has the exit qualification 0",
                static e => e.Report("BlockingByStiExcludesInjectedNmi", VmEntryStage.GuestState, 0)
            ),
            new("an NMI is injected where virtual NMIs are blocked", static e => e.Ignore("BlockingByNmiExcludesInjectedVirtualNmi")),
            new(
                "a single step that STI, MOV SS or HLT holds back is not compared with RFLAGS.TF",
                static e => e.Ignore("PendingSingleStepMissing", "PendingSingleStepUnexpected")
            ),
            new(
                "bits 63:32 of the pending debug exceptions are not checked",
                static e =>
                {
                    const uint Refused = 0xFFFF_AFF0;
                    if ((e.Vmcs.GuestPendingDebugExceptions.Value & Refused) == 0)
                        e.Ignore("PendingDebugExceptionsReservedBits");
                }
            ),
            new(
                "a halted guest takes any event",
                static e =>
                {
                    if (e.Vmcs.GuestActivityState == ActivityState.Hlt)
                        e.Ignore("GuestActivityStateTakesEvent");
                }
            ),
            new(
                "a guest in shutdown takes any event with vector 18",
                static e =>
                {
                    if (e.Vmcs.GuestActivityState == ActivityState.Shutdown && e.Injects(out var injected) && injected.Vector == 18)
                        e.Ignore("GuestActivityStateTakesEvent");
                }
            ),
        ];
}
