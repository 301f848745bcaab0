using System;
using System.Collections.Generic;
using VmcsGen.Vmx.Entry;
using static VmcsGen.Vmx.Tests.EntryCase;
using static VmcsGen.Vmx.VmcsField;

namespace VmcsGen.Vmx.Tests;

/// <summary>SDM 3C 27.1 and 27.2.1.1 to 27.2.1.3, apart from event injection.</summary>
internal static class ControlCases
{
    public static IEnumerable<EntryCase> All =>
        [
            new(
                "EventsBlockedByMovSs",
                Long,
                static s => s.Context = s.Context with { IsBlockedByMovSs = true },
                static s => s.Context = s.Context with { IsBlockedByMovSs = false },
                VmEntryOutcome.Fail(VmInstructionError.EntryEventsBlockedByMovSs)
            ),
            // Words
            Case(
                "PinBasedControlsAllowedSettings",
                Long,
                static s => s[VmcsField.PinBasedControls] &= ~2UL,
                static s => s[VmcsField.PinBasedControls] |= 2
            ),
            Case(
                "PrimaryProcessorBasedControlsAllowedSettings",
                Long,
                static s => s[VmcsField.PrimaryProcessorBasedControls] &= ~2UL,
                static s => s[VmcsField.PrimaryProcessorBasedControls] |= 2
            ),
            Case(
                "SecondaryProcessorBasedControlsAllowedSettings",
                static () => EntryScene.Long64(RecordedProcessor.Load("corei7_skylake_x").Msrs),
                static s => s.Secondary(static c => c with { InstructionTimeout = true }),
                static s => s[VmcsField.SecondaryProcessorBasedControls] = 0
            ),
            Case(
                "TertiaryProcessorBasedControlsAllowedSettings",
                static () => Without(VmxMsr.Ia32VmxProcbasedCtls3),
                static s => s.Tertiary(static c => c with { LoadiwkeyExiting = true }),
                static s => s[VmcsField.TertiaryProcessorBasedControls] = 0
            ),
            Case(
                "VmFunctionControlsAllowedSettings",
                Long,
                static s =>
                {
                    s.Secondary(static c => c with { EnableVmFunctions = true });
                    s[VmcsField.VmFunctionControls] = 2;
                },
                static s => s[VmcsField.VmFunctionControls] = 0
            ),
            Case(
                "PrimaryVmExitControlsAllowedSettings",
                Long,
                static s => s[VmcsField.PrimaryVmExitControls] &= ~2UL,
                static s => s[VmcsField.PrimaryVmExitControls] |= 2
            ),
            Case(
                "SecondaryVmExitControlsAllowedSettings",
                static () => Without(VmxMsr.Ia32VmxExitCtls2),
                static s => s.Exit2(static c => c with { PrematurelyBusyShadowStack = true }),
                static s => s[VmcsField.SecondaryVmExitControls] = 0
            ),
            Case(
                "VmEntryControlsAllowedSettings",
                Long,
                static s => s[VmcsField.VmEntryControls] &= ~2UL,
                static s => s[VmcsField.VmEntryControls] |= 2
            ),
            // Execution
            Case("Cr3TargetCountSupported", Long, static s => s[Cr3TargetCount] = 5, static s => s[Cr3TargetCount] = 4),
            Case("TprThresholdReservedBits", WithTprShadow, static s => s[TprThreshold] = 0x10, static s => s[TprThreshold] = 0),
            Case("TprThresholdAboveVirtualTpr", WithTprShadow, static s => s[TprThreshold] = 6, static s => s[TprThreshold] = 5),
            Case(
                "TprThresholdAboveVirtualTpr",
                WithTprShadow,
                static s => s[TprThreshold] = 6,
                static s => s.Memory.Write(EntryScene.VirtualApicPage + 0x80, 0x60)
            ),
            Case(
                "VirtualNmisNeedNmiExiting",
                Long,
                static s => s.Pin(static c => c with { VirtualNmis = true }),
                static s => s.Pin(static c => c with { NmiExiting = true })
            ),
            Case(
                "NmiWindowExitingNeedsVirtualNmis",
                Long,
                static s => s.Primary(static c => c with { NmiWindowExiting = true }),
                static s => s.Pin(static c => c with { VirtualNmis = true, NmiExiting = true })
            ),
            Case(
                "ApicVirtualizationNeedsTprShadow",
                Long,
                static s => s.Secondary(static c => c with { VirtualizeX2apicMode = true }),
                static s => s.Primary(static c => c with { UseTprShadow = true })
            ),
            Case(
                "ApicVirtualizationNeedsTprShadow",
                Long,
                static s => s.Secondary(static c => c with { ApicRegisterVirtualization = true }),
                static s => s.Primary(static c => c with { UseTprShadow = true })
            ),
            Case(
                "ApicVirtualizationNeedsTprShadow",
                static () => With(Long(), static s => s.Pin(static c => c with { ExternalInterruptExiting = true })),
                static s => s.Secondary(static c => c with { VirtualInterruptDelivery = true }),
                static s => s.Primary(static c => c with { UseTprShadow = true })
            ),
            Case(
                "ApicVirtualizationNeedsTprShadow",
                Long,
                static s => s.Tertiary(static c => c with { IpiVirtualization = true }),
                static s => s.Primary(static c => c with { UseTprShadow = true })
            ),
            Case(
                "X2apicModeExcludesApicAccesses",
                WithTprShadow,
                static s => s.Secondary(static c => c with { VirtualizeX2apicMode = true, VirtualizeApicAccesses = true }),
                static s => s.Secondary(static c => c with { VirtualizeApicAccesses = false })
            ),
            Case(
                "VirtualInterruptDeliveryNeedsExternalInterruptExiting",
                WithTprShadow,
                static s => s.Secondary(static c => c with { VirtualInterruptDelivery = true }),
                static s => s.Pin(static c => c with { ExternalInterruptExiting = true })
            ),
            Case(
                "PostedInterruptsNeedVirtualInterruptDelivery",
                static () => With(WithPostedInterrupts()),
                static s => s.Secondary(static c => c with { VirtualInterruptDelivery = false }),
                static s => s.Secondary(static c => c with { VirtualInterruptDelivery = true })
            ),
            Case(
                "PostedInterruptsNeedAcknowledgeOnExit",
                WithPostedInterrupts,
                static s => s.Exit(static c => c with { AcknowledgeInterruptOnExit = false }),
                static s => s.Exit(static c => c with { AcknowledgeInterruptOnExit = true })
            ),
            Case(
                "PidPointerTableLastEntry",
                static () => With(WithTprShadow(), static s => s.Tertiary(static c => c with { IpiVirtualization = true })),
                static s =>
                {
                    s[PidPointerTableAddress] = 0xFF_FFFF_FFF8;
                    s[LastPidPointerIndex] = 1;
                },
                static s => s[LastPidPointerIndex] = 0
            ),
            Case(
                "LoadIa32RtitCtlExcludesTracing",
                static () => With(Long(), static s => s.Context = s.Context with { IsTracing = true }),
                static s => s.Entry(static c => c with { LoadIa32RtitCtl = true }),
                static s => s.Entry(static c => c with { LoadIa32RtitCtl = false })
            ),
            Case(
                "PtGuestPhysicalAddressesNeedEptAndRtitControls",
                static () => With(Long(), static s => s.WithEpt()),
                static s => s.Secondary(static c => c with { PtUsesGuestPhysicalAddresses = true }),
                static s =>
                {
                    s.Entry(static c => c with { LoadIa32RtitCtl = true });
                    s.Exit(static c => c with { ClearIa32RtitCtl = true });
                }
            ),
            // EPT
            Case("EptPointerMemoryType", WithEpt, static s => s[VmcsField.EptPointer] ^= 2, static s => s[VmcsField.EptPointer] ^= 2),
            Case("EptPointerMemoryType", WithEpt, static s => s[VmcsField.EptPointer] ^= 1, static s => s[VmcsField.EptPointer] ^= 1),
            Case(
                "EptPointerPageWalkLength",
                WithEpt,
                static s => s[VmcsField.EptPointer] ^= 7 << 3,
                static s => s[VmcsField.EptPointer] ^= 7 << 3
            ),
            Case(
                "EptPointerAccessedAndDirtyFlags",
                static () => With(EntryScene.Long64(RecordedProcessor.Load("corei7_sandy_bridge_2600k").Msrs), static s => s.WithEpt()),
                static s => s[VmcsField.EptPointer] |= 1 << 6,
                static s => s[VmcsField.EptPointer] &= ~(1UL << 6)
            ),
            Case(
                "EptPointerSupervisorShadowStack",
                static () => With(EntryScene.Long64(RecordedProcessor.Load("corei7_skylake_x").Msrs), static s => s.WithEpt()),
                static s => s[VmcsField.EptPointer] |= 1 << 7,
                static s => s[VmcsField.EptPointer] &= ~(1UL << 7)
            ),
            Case(
                "EptPointerReservedBits",
                WithEpt,
                static s => s[VmcsField.EptPointer] |= 1 << 8,
                static s => s[VmcsField.EptPointer] &= ~(1UL << 8)
            ),
            Case(
                "EptPointerReservedBits",
                WithEpt,
                static s => s[VmcsField.EptPointer] |= 1UL << 40,
                static s => s[VmcsField.EptPointer] &= ~(1UL << 40)
            ),
            NeedsEpt("PmlNeedsEpt", static s => s.Secondary(static c => c with { EnablePml = true })),
            NeedsEpt("UnrestrictedGuestNeedsEpt", static s => s.Secondary(static c => c with { UnrestrictedGuest = true })),
            NeedsEpt(
                "ModeBasedExecuteControlNeedsEpt",
                static s => s.Secondary(static c => c with { ModeBasedExecuteControlForEpt = true })
            ),
            NeedsEpt(
                "SubPageWritePermissionsNeedEpt",
                static s => s.Secondary(static c => c with { SubPageWritePermissionsForEpt = true })
            ),
            NeedsEpt("HlatNeedsEpt", static s => s.Tertiary(static c => c with { EnableHlat = true })),
            NeedsEpt("EptPagingWriteControlNeedsEpt", static s => s.Tertiary(static c => c with { EptPagingWriteControl = true })),
            NeedsEpt("GuestPagingVerificationNeedsEpt", static s => s.Tertiary(static c => c with { GuestPagingVerification = true })),
            NeedsEpt(
                "EptpSwitchingNeedsEpt",
                static s =>
                {
                    s.Secondary(static c => c with { EnableVmFunctions = true });
                    s[VmcsField.VmFunctionControls] = 1;
                }
            ),
            // VM exit and VM entry
            Case(
                "SavePreemptionTimerNeedsTimer",
                Long,
                static s => s.Exit(static c => c with { SaveVmxPreemptionTimerValue = true }),
                static s => s.Pin(static c => c with { ActivateVmxPreemptionTimer = true })
            ),
            .. Area("VmExitMsrStoreArea", VmExitMsrStoreAddress, VmExitMsrStoreCount),
            .. Area("VmExitMsrLoadArea", VmExitMsrLoadAddress, VmExitMsrLoadCount),
            .. Area("VmEntryMsrLoadArea", VmEntryMsrLoadAddress, VmEntryMsrLoadCount),
            Case(
                "SmmControlsNeedSmm",
                Long,
                static s => s.Entry(static c => c with { DeactivateDualMonitorTreatment = true }),
                static s => s.Context = s.Context with { IsInSmm = true }
            ),
            Case(
                "EntryToSmmExcludesDeactivation",
                static () =>
                    With(
                        Smm(),
                        static s =>
                        {
                            s.Entry(static c => c with { EntryToSmm = true });
                            s[GuestInterruptibilityState] = 4;
                        }
                    ),
                static s => s.Entry(static c => c with { DeactivateDualMonitorTreatment = true }),
                static s => s.Entry(static c => c with { DeactivateDualMonitorTreatment = false })
            ),
        ];

    public static EntryScene WithTprShadow() =>
        With(
            Long(),
            static s =>
            {
                s.Primary(static c => c with { UseTprShadow = true });
                s[VirtualApicAddress] = EntryScene.VirtualApicPage;
                s.Memory.Write(EntryScene.VirtualApicPage + 0x80, 0x5F);
            }
        );

    public static EntryScene WithPostedInterrupts() =>
        With(
            WithTprShadow(),
            static s =>
            {
                s.Secondary(static c => c with { VirtualInterruptDelivery = true });
                s.Pin(static c => c with { ProcessPostedInterrupts = true, ExternalInterruptExiting = true });
                s.Exit(static c => c with { AcknowledgeInterruptOnExit = true });
            }
        );

    public static EntryScene WithEpt() => With(Long(), static s => s.WithEpt());

    public static EntryScene With(EntryScene scene, Action<EntryScene>? change = null)
    {
        change?.Invoke(scene);
        return scene;
    }

    private static EntryScene Without(VmxMsr controls)
    {
        var msrs = FullProcessor.Msrs;
        msrs[controls] = 0;
        return EntryScene.Long64(msrs);
    }

    // Areas are then not read.
    private static EntryScene WithoutMemory() => With(Long(), static s => s.Context = s.Context with { Memory = null });

    private static EntryCase NeedsEpt(string rule, Action<EntryScene> @break) => Case(rule, Long, @break, static s => s.WithEpt());

    private static IEnumerable<EntryCase> Area(string name, VmcsField address, VmcsField count) =>
        [
            Case($"{name}Alignment", WithoutMemory, s => (s[address], s[count]) = (0xE008, 1), s => s[count] = 0),
            Case($"{name}Address", WithoutMemory, s => (s[address], s[count]) = (0x100_0000_0000, 1), s => s[count] = 0),
            Case($"{name}Address", WithoutMemory, s => (s[address], s[count]) = (0xFF_FFFF_FFF0, 2), s => s[count] = 1),
            // The end is computed with all bits: 16 times the count does not wrap to 0.
            Case(
                $"{name}Address",
                WithoutMemory,
                s => (s[address], s[count]) = (0xFF_0000_0000, 0x1000_0001),
                s => s[address] = 0x100_0000
            ),
        ];

    private static EntryCase Case(string rule, Func<EntryScene> start, Action<EntryScene> @break, Action<EntryScene> mend) =>
        new(rule, start, @break, mend, VmEntryOutcome.Fail(VmInstructionError.EntryInvalidControlFields));
}
