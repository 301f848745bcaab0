using System;

namespace VmcsGen.Vmx.Entry;

/// <summary>SDM 3C 27.2.1.1: VM-execution control fields. The forms of their addresses are data of the fields.</summary>
internal static class VmExecutionControlRules
{
    private const int VirtualTprOffset = 0x80;

    internal static RuleSet Set { get; } =
        new(VmEntryStage.Controls, "SDM 3C 27.2.1.1")
        {
            PinBasedControlsAllowedSettings,
            PrimaryProcessorBasedControlsAllowedSettings,
            SecondaryProcessorBasedControlsAllowedSettings,
            TertiaryProcessorBasedControlsAllowedSettings,
            VmFunctionControlsAllowedSettings,
            Cr3TargetCountSupported,
            TprThresholdReservedBits,
            TprThresholdAboveVirtualTpr,
            VirtualNmisNeedNmiExiting,
            NmiWindowExitingNeedsVirtualNmis,
            ApicVirtualizationNeedsTprShadow,
            X2apicModeExcludesApicAccesses,
            VirtualInterruptDeliveryNeedsExternalInterruptExiting,
            PostedInterruptsNeedVirtualInterruptDelivery,
            PostedInterruptsNeedAcknowledgeOnExit,
            PidPointerTableLastEntry,
            LoadIa32RtitCtlExcludesTracing,
            PtGuestPhysicalAddressesNeedEptAndRtitControls,
        };

    private static void PinBasedControlsAllowedSettings(VmEntryState state) =>
        ControlWordRules.CheckAllowedSettings(state, VmxControlWord.PinBased, state.Pin.Value);

    private static void PrimaryProcessorBasedControlsAllowedSettings(VmEntryState state) =>
        ControlWordRules.CheckAllowedSettings(state, VmxControlWord.PrimaryProcessorBased, state.Primary.Value);

    private static void SecondaryProcessorBasedControlsAllowedSettings(VmEntryState state)
    {
        if (state.Primary.ActivateSecondaryControls)
            ControlWordRules.CheckAllowedSettings(state, VmxControlWord.SecondaryProcessorBased, state.Secondary.Value);
    }

    private static void TertiaryProcessorBasedControlsAllowedSettings(VmEntryState state)
    {
        if (state.Primary.ActivateTertiaryControls)
            ControlWordRules.CheckAllowedSettings(state, VmxControlWord.TertiaryProcessorBased, state.Tertiary.Value);
    }

    private static void VmFunctionControlsAllowedSettings(VmEntryState state)
    {
        if (state.Secondary.EnableVmFunctions)
            ControlWordRules.CheckAllowedSettings(state, VmxControlWord.VmFunctions, state.Functions.Value);
    }

    private static void Cr3TargetCountSupported(VmEntryState state)
    {
        var limit = state.Capabilities.Misc.Cr3TargetCount;
        if (state.Vmcs.Cr3TargetCount > limit)
        {
            state.Violate(
                $"The processor has {limit} CR3-target values by IA32_VMX_MISC, and {state.Vmcs.Cr3TargetCount} are to be used.",
                $"Write a number from 0 to {limit} to Cr3TargetCount.",
                VmcsField.Cr3TargetCount
            );
        }
    }

    private static void TprThresholdReservedBits(VmEntryState state)
    {
        if (
            state.Primary.UseTprShadow
            && !state.Secondary.VirtualInterruptDelivery
            && (state.Vmcs.TprThreshold & ~0xFu) is var bits and not 0
        )
        {
            state.Violate(
                $"{RegisterBits.Name(bits)} of the TPR threshold must be 0 while there is no virtual-interrupt delivery.",
                "Write a number from 0 to 15 to TprThreshold.",
                VmcsField.TprThreshold
            );
        }
    }

    private static void TprThresholdAboveVirtualTpr(VmEntryState state)
    {
        if (!state.Primary.UseTprShadow || state.Secondary.VirtualizeApicAccesses || state.Secondary.VirtualInterruptDelivery)
            return;
        Span<byte> tpr = stackalloc byte[1];
        if (!state.TryReadMemory(state.Vmcs.VirtualApicAddress + VirtualTprOffset, tpr))
            return;
        var threshold = state.Vmcs.TprThreshold & 0xF;
        if (threshold > tpr[0] >> 4)
        {
            state.Violate(
                $"The TPR threshold {threshold} is above {tpr[0] >> 4}, bits 7:4 of the virtual TPR on the virtual-APIC page.",
                $"Write at most {tpr[0] >> 4} to TprThreshold, or raise byte 80H of the virtual-APIC page.",
                VmcsField.TprThreshold,
                VmcsField.VirtualApicAddress
            );
        }
    }

    private static void VirtualNmisNeedNmiExiting(VmEntryState state) =>
        ControlWordRules.CheckNeeds(
            state,
            state.Pin.VirtualNmis,
            "VirtualNmis",
            state.Pin.NmiExiting,
            "NmiExiting",
            VmcsField.PinBasedControls,
            VmcsField.PinBasedControls
        );

    private static void NmiWindowExitingNeedsVirtualNmis(VmEntryState state) =>
        ControlWordRules.CheckNeeds(
            state,
            state.Primary.NmiWindowExiting,
            "NmiWindowExiting",
            state.Pin.VirtualNmis,
            "VirtualNmis",
            VmcsField.PrimaryProcessorBasedControls,
            VmcsField.PinBasedControls
        );

    private static void ApicVirtualizationNeedsTprShadow(VmEntryState state)
    {
        var tprShadow = state.Primary.UseTprShadow;
        Check(state.Secondary.VirtualizeX2apicMode, "VirtualizeX2apicMode", VmcsField.SecondaryProcessorBasedControls);
        Check(state.Secondary.ApicRegisterVirtualization, "ApicRegisterVirtualization", VmcsField.SecondaryProcessorBasedControls);
        Check(state.Secondary.VirtualInterruptDelivery, "VirtualInterruptDelivery", VmcsField.SecondaryProcessorBasedControls);
        Check(state.Tertiary.IpiVirtualization, "IpiVirtualization", VmcsField.TertiaryProcessorBasedControls);

        void Check(bool isOne, string control, VmcsField field) =>
            ControlWordRules.CheckNeeds(state, isOne, control, tprShadow, "UseTprShadow", field, VmcsField.PrimaryProcessorBasedControls);
    }

    private static void X2apicModeExcludesApicAccesses(VmEntryState state)
    {
        if (state.Secondary.VirtualizeX2apicMode && state.Secondary.VirtualizeApicAccesses)
        {
            state.Violate(
                "VirtualizeX2apicMode and VirtualizeApicAccesses are both 1.",
                "Clear one of them.",
                VmcsField.SecondaryProcessorBasedControls
            );
        }
    }

    private static void VirtualInterruptDeliveryNeedsExternalInterruptExiting(VmEntryState state) =>
        ControlWordRules.CheckNeeds(
            state,
            state.Secondary.VirtualInterruptDelivery,
            "VirtualInterruptDelivery",
            state.Pin.ExternalInterruptExiting,
            "ExternalInterruptExiting",
            VmcsField.SecondaryProcessorBasedControls,
            VmcsField.PinBasedControls
        );

    private static void PostedInterruptsNeedVirtualInterruptDelivery(VmEntryState state) =>
        ControlWordRules.CheckNeeds(
            state,
            state.Pin.ProcessPostedInterrupts,
            "ProcessPostedInterrupts",
            state.Secondary.VirtualInterruptDelivery,
            "VirtualInterruptDelivery",
            VmcsField.PinBasedControls,
            VmcsField.SecondaryProcessorBasedControls
        );

    private static void PostedInterruptsNeedAcknowledgeOnExit(VmEntryState state) =>
        ControlWordRules.CheckNeeds(
            state,
            state.Pin.ProcessPostedInterrupts,
            "ProcessPostedInterrupts",
            state.Exit.AcknowledgeInterruptOnExit,
            "AcknowledgeInterruptOnExit",
            VmcsField.PinBasedControls,
            VmcsField.PrimaryVmExitControls
        );

    private static void PidPointerTableLastEntry(VmEntryState state)
    {
        if (!state.Tertiary.IpiVirtualization || (state.Vmcs.PidPointerTableAddress & state.BeyondStructureWidth) != 0)
            return;
        var last = state.Vmcs.PidPointerTableAddress + 8u * state.Vmcs.LastPidPointerIndex;
        if ((last & state.BeyondStructureWidth) != 0)
        {
            state.Violate(
                $"The last entry of the PID-pointer table lies at 0x{last:X}, beyond the physical-address width.",
                "Move the table, or lower LastPidPointerIndex.",
                VmcsField.PidPointerTableAddress,
                VmcsField.LastPidPointerIndex
            );
        }
    }

    private static void LoadIa32RtitCtlExcludesTracing(VmEntryState state)
    {
        if (state.Context.IsTracing && state.Entry.LoadIa32RtitCtl)
        {
            state.Violate(
                "LoadIa32RtitCtl is 1 while Intel PT traces.",
                "Clear TraceEn of IA32_RTIT_CTL before VM entry, or clear LoadIa32RtitCtl.",
                VmcsField.VmEntryControls
            );
        }
    }

    private static void PtGuestPhysicalAddressesNeedEptAndRtitControls(VmEntryState state)
    {
        const string Control = "PtUsesGuestPhysicalAddresses";
        var isOne = state.Secondary.PtUsesGuestPhysicalAddresses;
        const VmcsField Field = VmcsField.SecondaryProcessorBasedControls;
        ControlWordRules.CheckNeeds(state, isOne, Control, state.Secondary.EnableEpt, "EnableEpt", Field, Field);
        ControlWordRules.CheckNeeds(
            state,
            isOne,
            Control,
            state.Entry.LoadIa32RtitCtl,
            "LoadIa32RtitCtl",
            Field,
            VmcsField.VmEntryControls
        );
        ControlWordRules.CheckNeeds(
            state,
            isOne,
            Control,
            state.Exit.ClearIa32RtitCtl,
            "ClearIa32RtitCtl",
            Field,
            VmcsField.PrimaryVmExitControls
        );
    }
}
