using System;
using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx.Entry;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>
/// Where the VMX that KVM emulates differs from the SDM, each seen in cases on kvm_intel of Linux 6.1. In the lab it runs on Bochs, and
/// what KVM leaves to the processor deviates as Bochs does.
/// </summary>
public static class KvmDeviations
{
    // SDM 3C 25.4.1: bits 11:8 and 31:17 of access rights are reserved; processors may keep them or not.
    private const ulong AccessRights = 0x1_F0FF;

    /// <summary>Those of KVM's own checks.</summary>
    public static IReadOnlyList<KvmDeviation> Own { get; } =
    [
        new(
            new(
                "the TPR threshold is left to the processor, which finds it wrong after the MSRs were loaded",
                static e =>
                {
                    if (e.FindsInMsrs)
                        e.Ignore("TprThresholdReservedBits", "TprThresholdAboveVirtualTpr");
                }
            ),
            "SDM 3C 27.2.1.1: bits 31:4 must be 0, and the threshold must not be above the virtual TPR. These are checks of controls: "
                + "VM-instruction error 7. KVM loads the MSRs of the VM-entry MSR-load area first, so an entry that is wrong in both ends "
                + "with exit reason 34.",
            ["TprThresholdReservedBits", "TprThresholdAboveVirtualTpr"]
        ),
        new(
            new(
                "a guest that is not unrestricted is refused if its CS is unusable",
                static e =>
                {
                    if (e.Vmcs.GuestCsAccessRights.Unusable && !e.Secondary.UnrestrictedGuest)
                        e.Find("CS unusable", VmEntryStage.GuestState);
                }
            ),
            "SDM 3C 27.3.1.2: no check demands a usable CS. KVM takes such a guest for one that it must emulate, and ends the entry with "
                + "exit reason 33.",
            []
        ),
    ];

    /// <summary>All of them.</summary>
    public static MachineDeviations All { get; } =
        BochsDeviations.Known with
        {
            Checks =
            [
                // KVM checks the types of events itself, and well.
                .. BochsDeviations.All.Where(static deviation => !deviation.Name.StartsWith("type 7 is taken", StringComparison.Ordinal)),
                .. Own.Select(static own => own.Deviation),
            ],
            Keeps = static (field, value) =>
                field is >= VmcsField.GuestEsAccessRights and <= VmcsField.GuestTrAccessRights ? value & AccessRights : value,
        };
}
