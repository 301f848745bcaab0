using System;
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

    /// <summary>All of them.</summary>
    public static MachineDeviations All { get; } =
        BochsDeviations.Known with
        {
            Checks =
            [
                // KVM checks the types of events itself, and well.
                .. BochsDeviations.All.Where(static deviation => !deviation.Name.StartsWith("type 7 is taken", StringComparison.Ordinal)),
                new(
                    "the TPR threshold is left to the processor, which finds it wrong after the MSRs were loaded",
                    static e =>
                    {
                        if (e.FindsInMsrs)
                            e.Ignore("TprThresholdReservedBits", "TprThresholdAboveVirtualTpr");
                    }
                ),
                new(
                    "a guest that is not unrestricted is refused if its CS is unusable",
                    static e =>
                    {
                        if (e.Vmcs.GuestCsAccessRights.Unusable && !e.Secondary.UnrestrictedGuest)
                            e.Find("CS unusable", VmEntryStage.GuestState);
                    }
                ),
            ],
            Keeps = static (field, value) =>
                field is >= VmcsField.GuestEsAccessRights and <= VmcsField.GuestTrAccessRights ? value & AccessRights : value,
        };
}
