using System;
using System.Collections.Generic;
using VmcsGen.Vmx.Entry;
using static VmcsGen.Vmx.InterruptionType;
using static VmcsGen.Vmx.Tests.ControlCases;
using static VmcsGen.Vmx.Tests.EntryCase;
using static VmcsGen.Vmx.Tests.GuestCases;
using static VmcsGen.Vmx.VmcsField;

namespace VmcsGen.Vmx.Tests;

/// <summary>SDM 3C 27.3.1.5, 27.3.1.6 and 27.4: non-register state, PDPTEs and MSR loading.</summary>
internal static class GuestStateCases
{
    private const ulong PdpteQualification = 2;
    private const ulong NmiQualification = 3;
    private const ulong LinkPointerQualification = 4;
    private const ulong BySti = 1;
    private const ulong ByMovSs = 2;
    private const ulong BySmi = 4;
    private const ulong ByNmi = 8;
    private const ulong Enclave = 16;
    private const ulong If = 0x200;
    private const ulong Tf = 0x100;
    private const ulong Bs = 1 << 14;
    private const ulong Rtm = 1 << 16;
    private const ulong EnabledBreakpoint = 1 << 12;

    public static IEnumerable<EntryCase> All =>
        [
            // Activity state
            Case("GuestActivityStateSupported", Long, static s => s[GuestActivityState] = 4, static s => s[GuestActivityState] = 3),
            Case("GuestActivityStateSupported", WithoutHlt, static s => s[GuestActivityState] = 1, static s => s[GuestActivityState] = 0),
            Case(
                "GuestHltNeedsCpl0",
                static () => User(Long()),
                static s => s[GuestActivityState] = 1,
                static s => s[GuestActivityState] = 0
            ),
            Case(
                "GuestActiveWhileEventsAreBlocked",
                Long,
                static s =>
                {
                    s[GuestActivityState] = 1;
                    s[GuestInterruptibilityState] = ByMovSs;
                },
                static s => s[GuestActivityState] = 0
            ),
            .. NotTaken(1, HardwareException, 6, HardwareException, 1),
            .. NotTaken(1, SoftwareInterrupt, 18, HardwareException, 18),
            .. NotTaken(1, PrivilegedSoftwareException, 1, Nmi, 2),
            .. NotTaken(2, ExternalInterrupt, 18, HardwareException, 18),
            .. NotTaken(2, HardwareException, 1, Nmi, 2),
            Case(
                "GuestActivityStateTakesEvent",
                static () => With(Long(), static s => s[GuestActivityState] = 3),
                static s => s.Inject(Nmi, 2),
                static s => s[VmcsField.EntryInterruptionInformation] = 0
            ),
            Case("EntryToSmmExcludesWaitForSipi", ToSmm, static s => s[GuestActivityState] = 3, static s => s[GuestActivityState] = 0),
            // Interruptibility state
            Case(
                "InterruptibilityReservedBits",
                Long,
                static s => s[GuestInterruptibilityState] = 0x20,
                static s => s[GuestInterruptibilityState] = 0
            ),
            Case(
                "BlockingByStiExcludesMovSs",
                static () => Interruptible(),
                static s => s[GuestInterruptibilityState] = BySti | ByMovSs,
                static s => s[GuestInterruptibilityState] = ByMovSs
            ),
            Case(
                "BlockingByStiNeedsInterruptFlag",
                Long,
                static s => s[GuestInterruptibilityState] = BySti,
                static s => s[GuestRflags] |= If
            ),
            Case(
                "BlockingByStiUnderFred",
                static () => With(User(Fred()), static s => s[GuestRflags] |= If),
                static s => s[GuestInterruptibilityState] = BySti,
                static s => s[GuestInterruptibilityState] = 0
            ),
            Case(
                "BlockingExcludesInjectedInterrupt",
                static () => With(Interruptible(), static s => s.Inject(ExternalInterrupt, 0x30)),
                static s => s[GuestInterruptibilityState] = BySti,
                static s => s[GuestInterruptibilityState] = ByNmi
            ),
            Case(
                "BlockingExcludesInjectedInterrupt",
                static () => With(Interruptible(), static s => s.Inject(ExternalInterrupt, 0x30)),
                static s => s[GuestInterruptibilityState] = ByMovSs,
                static s => s[VmcsField.EntryInterruptionInformation] = 0
            ),
            Case(
                "BlockingByMovSsExcludesInjectedNmi",
                Long,
                static s =>
                {
                    s.Inject(Nmi, 2);
                    s[GuestInterruptibilityState] = ByMovSs;
                },
                static s => s[GuestInterruptibilityState] = ByNmi
            ),
            Case(
                "BlockingByStiExcludesInjectedNmi",
                static () => With(Interruptible(), static s => s.Inject(Nmi, 2)),
                static s => s[GuestInterruptibilityState] = BySti,
                static s => s[GuestInterruptibilityState] = 0,
                NmiQualification
            ),
            Case(
                "BlockingByStiExcludesInjectedNmi",
                static () => With(Interruptible(), static s => s.Inject(Nmi, 2)),
                static s => s[GuestInterruptibilityState] = BySti,
                static s => s.Context = s.Context with { RefusesNmiBlockedBySti = false },
                NmiQualification
            ),
            Case(
                "BlockingBySmiNeedsSmm",
                Long,
                static s => s[GuestInterruptibilityState] = BySmi,
                static s => s[GuestInterruptibilityState] = 0
            ),
            Case(
                "EntryToSmmNeedsBlockingBySmi",
                ToSmm,
                static s => s[GuestInterruptibilityState] = 0,
                static s => s[GuestInterruptibilityState] = BySmi
            ),
            Case(
                "BlockingByNmiExcludesInjectedVirtualNmi",
                static () =>
                    With(
                        Long(),
                        static s =>
                        {
                            s.Pin(static c => c with { VirtualNmis = true, NmiExiting = true });
                            s.Inject(Nmi, 2);
                        }
                    ),
                static s => s[GuestInterruptibilityState] = ByNmi,
                static s => s[GuestInterruptibilityState] = 0
            ),
            Case(
                "EnclaveInterruptionNeedsSgx",
                Long,
                static s => s[GuestInterruptibilityState] = Enclave,
                static s => s.Context = s.Context with { SupportsSgx = true }
            ),
            Case(
                "EnclaveInterruptionExcludesMovSs",
                static () => With(Long(), static s => s.Context = s.Context with { SupportsSgx = true }),
                static s => s[GuestInterruptibilityState] = Enclave | ByMovSs,
                static s => s[GuestInterruptibilityState] = Enclave
            ),
            // Pending debug exceptions
            Case(
                "PendingDebugExceptionsReservedBits",
                Long,
                static s => s[GuestPendingDebugExceptions] = 0x10,
                static s => s[GuestPendingDebugExceptions] = 0xF
            ),
            Case(
                "PendingDebugExceptionsReservedBits",
                Long,
                static s => s[GuestPendingDebugExceptions] = 1UL << 63,
                static s => s[GuestPendingDebugExceptions] = 0
            ),
            Case(
                "PendingDebugExceptionsReservedBits",
                Long,
                static s => s[GuestPendingDebugExceptions] = 1 << 11,
                static s => s.Context = s.Context with { SupportsBusLockDetection = true }
            ),
            Case(
                "PendingSingleStepMissing",
                static () => With(Long(), static s => s[GuestRflags] |= Tf),
                static s => s[GuestInterruptibilityState] = ByMovSs,
                static s => s[GuestPendingDebugExceptions] = Bs
            ),
            Case(
                "PendingSingleStepMissing",
                static () => With(Long(), static s => s[GuestRflags] |= Tf),
                static s => s[GuestActivityState] = 1,
                static s => s[GuestIa32Debugctl] = 2
            ),
            Case(
                "PendingSingleStepUnexpected",
                static () => With(Long(), static s => s[GuestPendingDebugExceptions] = Bs),
                static s => s[GuestInterruptibilityState] = ByMovSs,
                static s => s[GuestRflags] |= Tf
            ),
            Case(
                "PendingRtmBits",
                WithRtm,
                static s => s[GuestPendingDebugExceptions] = Rtm,
                static s => s[GuestPendingDebugExceptions] |= EnabledBreakpoint
            ),
            Case(
                "PendingRtmBits",
                WithRtm,
                static s => s[GuestPendingDebugExceptions] = Rtm | EnabledBreakpoint | Bs,
                static s => s[GuestPendingDebugExceptions] = Rtm | EnabledBreakpoint
            ),
            Case(
                "PendingRtmNeedsRtm",
                Long,
                static s => s[GuestPendingDebugExceptions] = Rtm | EnabledBreakpoint,
                static s => s[GuestPendingDebugExceptions] = 0
            ),
            Case(
                "PendingRtmExcludesMovSs",
                static () => With(WithRtm(), static s => s[GuestPendingDebugExceptions] = Rtm | EnabledBreakpoint),
                static s => s[GuestInterruptibilityState] = ByMovSs,
                static s => s[GuestInterruptibilityState] = 0
            ),
            // Link pointer
            Link("VmcsLinkPointerAlignment", Long, static s => s[VmcsLinkPointer] = EntryScene.LinkedVmcs + 1, None),
            Link("VmcsLinkPointerPhysicalAddress", Long, static s => s[VmcsLinkPointer] = 1UL << 40, None),
            Link(
                "VmcsLinkPointerRevisionIdentifier",
                Linked,
                static s => s.Memory.Write(EntryScene.LinkedVmcs, 5UL),
                static s => s.Memory.Write(EntryScene.LinkedVmcs, s.Capabilities.Basic.VmcsRevisionIdentifier)
            ),
            Link(
                "VmcsLinkPointerShadowIndicator",
                Linked,
                static s => s.Secondary(static c => c with { VmcsShadowing = true }),
                static s => s.Memory.Write(EntryScene.LinkedVmcs, 1UL << 31 | s.Capabilities.Basic.VmcsRevisionIdentifier)
            ),
            Link(
                "VmcsLinkPointerShadowIndicator",
                Linked,
                static s => s.Memory.Write(EntryScene.LinkedVmcs, 1UL << 31 | s.Capabilities.Basic.VmcsRevisionIdentifier),
                static s => s.Secondary(static c => c with { VmcsShadowing = true })
            ),
            Link(
                "VmcsLinkPointerNotCurrentVmcs",
                Linked,
                static s => s.Context = s.Context with { CurrentVmcs = EntryScene.LinkedVmcs },
                None
            ),
            Link(
                "VmcsLinkPointerNotExecutiveVmcs",
                static () => With(Linked(), static s => s.Context = s.Context with { IsInSmm = true }),
                static s => s[ExecutiveVmcsPointer] = EntryScene.LinkedVmcs,
                None
            ),
            // PDPTEs
            Case("GuestPdpteFields", PaeEpt, static s => s[GuestPdpte1] = 3, static s => s[GuestPdpte1] = 2, PdpteQualification),
            Case(
                "GuestPdpteFields",
                PaeEpt,
                static s => s[GuestPdpte2] = 1UL << 40 | 1,
                static s => s[GuestPdpte2] = 1UL << 39 | 1,
                PdpteQualification
            ),
            Case(
                "GuestPdptesInMemory",
                Pae,
                static s => s.Memory.Write(EntryScene.PageDirectoryPointerTable + 24, 0x101UL),
                static s => s.Memory.Write(EntryScene.PageDirectoryPointerTable + 24, 0x100UL),
                PdpteQualification
            ),
            // MSR loading
            Msr("MsrLoadIndexNotFsOrGsBase", 0xC000_0101, 0, 0x10, 0),
            Msr("MsrLoadIndexNotX2apic", 0x8FF, 0, 0x900, 0),
            Msr("MsrLoadIndexNeedsSmm", 0x9B, 0, 0x9C, 0),
            Msr("MsrLoadIndexLoadable", 0x79, 0, 0x7A, 0),
            Msr("MsrLoadReservedBits", 1UL << 32 | 0x10, 0, 0x10, 0),
            Msr("MsrLoadValue", 0xC000_0082, 0x0000_8000_0000_0000, 0xC000_0082, 0x1000),
            Msr("MsrLoadValue", 0x277, 0x2, 0x277, 0x6),
            Msr("MsrLoadValue", 0xC000_0080, 0x400, 0xC000_0080, 0x501),
            Msr("MsrLoadValue", 0xC000_0084, 1UL << 32, 0xC000_0084, 1),
            Msr("MsrLoadValue", 0x480, 0, 0x174, 0),
            Msr("MsrLoadValue", 0x3A, 5, 0x174, 0),
            // A processor that is asked which MSRs it has: not 12345H; IA32_PRED_CMD can only be written.
            Msr(
                "MsrLoadExists",
                0x1_2345,
                0,
                0x174,
                0,
                static context => context with { HasMsr = static index => index is not (0x1_2345 or 0x49) }
            ),
            Msr(
                "MsrLoadExists",
                0x1_2345,
                0,
                0x49,
                0,
                static context => context with { HasMsr = static index => index is not (0x1_2345 or 0x49) }
            ),
            Msr("MsrLoadValue", 0x1D9, 8, 0x1D9, 1),
        ];

    private static EntryScene Interruptible() => With(Long(), static s => s[GuestRflags] |= If);

    private static EntryScene WithRtm() => With(Long(), static s => s.Context = s.Context with { SupportsRtm = true });

    private static EntryScene ToSmm() =>
        With(
            Smm(),
            static s =>
            {
                s.Entry(static c => c with { EntryToSmm = true });
                s[GuestInterruptibilityState] = BySmi;
            }
        );

    private static EntryScene Linked() =>
        With(
            Long(),
            static s =>
            {
                s[VmcsLinkPointer] = EntryScene.LinkedVmcs;
                s.Memory.Write(EntryScene.LinkedVmcs, s.Capabilities.Basic.VmcsRevisionIdentifier);
            }
        );

    private static EntryScene WithoutHlt()
    {
        var msrs = FullProcessor.Msrs;
        msrs[VmxMsr.Ia32VmxMisc] &= ~(1UL << 6);
        return EntryScene.Long64(msrs);
    }

    private static void None(EntryScene scene) => scene[VmcsLinkPointer] = ulong.MaxValue;

    private static EntryCase Link(string rule, Func<EntryScene> start, Action<EntryScene> @break, Action<EntryScene> mend) =>
        Case(rule, start, @break, mend, LinkPointerQualification);

    private static IEnumerable<EntryCase> NotTaken(
        ulong activity,
        InterruptionType type,
        uint vector,
        InterruptionType takenType,
        uint takenVector
    )
    {
        yield return Case(
            "GuestActivityStateTakesEvent",
            () =>
                With(
                    Interruptible(),
                    s =>
                    {
                        s[GuestActivityState] = activity;
                        s[EntryInstructionLength] = 1;
                    }
                ),
            s => s.Inject(type, vector),
            s => s.Inject(takenType, takenVector)
        );
        yield return Case(
            "GuestActivityStateTakesEvent",
            () =>
                With(
                    Interruptible(),
                    s =>
                    {
                        s.Inject(type, vector);
                        s[EntryInstructionLength] = 1;
                    }
                ),
            s => s[GuestActivityState] = activity,
            static s => s[GuestActivityState] = 0
        );
    }

    // The second of three entries is broken.
    private static EntryCase Msr(
        string rule,
        ulong index,
        ulong value,
        ulong rightIndex,
        ulong rightValue,
        Func<VmEntryContext, VmEntryContext>? context = null
    ) =>
        new(
            rule,
            () =>
                With(
                    Long(),
                    s =>
                    {
                        s[VmEntryMsrLoadAddress] = EntryScene.MsrLoadArea;
                        s[VmEntryMsrLoadCount] = 3;
                        s.Context = context?.Invoke(s.Context) ?? s.Context;
                        s.Memory.Write(EntryScene.MsrLoadArea, 0x174UL);
                        s.Memory.Write(EntryScene.MsrLoadArea + 16, 0x174UL);
                        s.Memory.Write(EntryScene.MsrLoadArea + 32, 0x174UL);
                    }
                ),
            s => Put(s, index, value),
            s => Put(s, rightIndex, rightValue),
            VmEntryOutcome.Exit(BasicExitReason.EntryFailureMsrLoading, 2)
        );

    private static void Put(EntryScene scene, ulong index, ulong value)
    {
        scene.Memory.Write(EntryScene.MsrLoadArea + 16, index);
        scene.Memory.Write(EntryScene.MsrLoadArea + 24, value);
    }
}
