using System;
using System.Collections.Generic;
using VmcsGen.Vmx.Entry;
using static VmcsGen.Vmx.Tests.ControlCases;
using static VmcsGen.Vmx.Tests.EntryCase;
using static VmcsGen.Vmx.VmcsField;

namespace VmcsGen.Vmx.Tests;

/// <summary>SDM 3C 27.3.1.1, 27.3.1.2 and 27.3.1.4: registers.</summary>
internal static class GuestCases
{
    private const ulong NonCanonical = 0x0000_8000_0000_0000;

    public static IEnumerable<EntryCase> All =>
        [
            // Control registers and MSRs
            Case("GuestCr0FixedBits", Long, static s => s[GuestCr0] &= ~0x20UL, static s => s[GuestCr0] |= 0x20),
            Case("GuestCr0FixedBits", Flat, static s => s[GuestCr0] &= ~0x8000_0001UL, static s => s[GuestCr0] |= 0x8000_0001),
            Case("GuestCr0FixedBits", Real, static s => s[GuestCr0] &= ~0x20UL, static s => s[GuestCr0] |= 0x20),
            Case("GuestCr0PagingNeedsProtection", Real, static s => s[GuestCr0] |= 0x8000_0000, static s => s[GuestCr0] |= 1),
            Case("GuestCr4FixedBits", Long, static s => s[GuestCr4] &= ~0x2000UL, static s => s[GuestCr4] |= 0x2000),
            Case(
                "GuestCr4FixedBits",
                static () => EntryScene.Long64(RecordedProcessor.Load("bx_generic").Msrs),
                static s => s[GuestCr4] |= 1 << 23 | 1 << 20,
                static s => s[GuestCr4] &= ~(1UL << 23 | 1UL << 20)
            ),
            Case(
                "GuestCr4CetNeedsWriteProtect",
                Long,
                static s =>
                {
                    s[GuestCr4] |= 1 << 23;
                    s[GuestCr0] &= ~(1UL << 16);
                },
                static s => s[GuestCr4] &= ~(1UL << 23)
            ),
            Case(
                "GuestIa32DebugctlReservedBits",
                static () => With(Long(), static s => s.Entry(static c => c with { LoadDebugControls = true })),
                static s => s[GuestIa32Debugctl] = 8,
                static s => s[GuestIa32Debugctl] = 1
            ),
            Case(
                "Ia32eModeGuestNeedsPaging",
                static () => With(WithEpt(), static s => s.Secondary(static c => c with { UnrestrictedGuest = true })),
                static s => s[GuestCr0] &= ~0x8000_0000UL,
                static s => s[GuestCr0] |= 0x8000_0000
            ),
            Case("Ia32eModeGuestNeedsPae", Long, static s => s[GuestCr4] &= ~0x20UL, static s => s[GuestCr4] |= 0x20),
            Case("GuestCr4PcideNeedsIa32eModeGuest", Flat, static s => s[GuestCr4] |= 1 << 17, static s => s[GuestCr4] &= ~(1UL << 17)),
            Case(
                "GuestCr4FredNeedsIa32eModeGuest",
                static () => User(Flat()),
                static s => s[GuestCr4] |= 1UL << 32,
                static s => s[GuestCr4] &= ~(1UL << 32)
            ),
            Case("GuestCr3PhysicalAddress", Long, static s => s[GuestCr3] = 1UL << 40, static s => s[GuestCr3] = 0xFF_FFFF_F000),
            Case("GuestCr3PhysicalAddress", Long, static s => s[GuestCr3] = 1UL << 63, static s => s[GuestCr3] = 0),
            Case(
                "GuestIa32PerfGlobalCtrlReservedBits",
                static () =>
                    With(
                        Long(),
                        static s =>
                        {
                            s.Context = s.Context with { Ia32PerfGlobalCtrlBits = 0x7_0000_000F };
                            s.Entry(static c => c with { LoadIa32PerfGlobalCtrl = true });
                        }
                    ),
                static s => s[GuestIa32PerfGlobalCtrl] = 1UL << 35,
                static s => s[GuestIa32PerfGlobalCtrl] = 1UL << 34
            ),
            Case(
                "GuestIa32EferReservedBits",
                LoadingEfer,
                static s => s[GuestIa32Efer] |= 1 << 12,
                static s => s[GuestIa32Efer] &= ~(1UL << 12)
            ),
            Case("GuestIa32EferLma", LoadingEfer, static s => s[GuestIa32Efer] = 0, static s => s[GuestIa32Efer] = 0x500),
            Case("GuestIa32EferLme", LoadingEfer, static s => s[GuestIa32Efer] = 0x400, static s => s[GuestIa32Efer] = 0x500),
            Case(
                "GuestIa32RtitCtlReservedBits",
                static () =>
                    With(
                        Long(),
                        static s =>
                        {
                            s.Context = s.Context with { Ia32RtitCtlBits = 0xFF };
                            s.Entry(static c => c with { LoadIa32RtitCtl = true });
                        }
                    ),
                static s => s[GuestIa32RtitCtl] = 0x100,
                static s => s[GuestIa32RtitCtl] = 1
            ),
            Case("GuestIa32SCetReservedBits", LoadingCet, static s => s[GuestIa32SCet] = 0x200, static s => s[GuestIa32SCet] = 3),
            Case("GuestIa32SCetSuppressAndTracker", LoadingCet, static s => s[GuestIa32SCet] = 0xC00, static s => s[GuestIa32SCet] = 0x400),
            Case(
                "GuestIa32LbrCtlReservedBits",
                static () => With(Long(), static s => s.Entry(static c => c with { LoadGuestIa32LbrCtl = true })),
                static s => s[GuestIa32LbrCtl] = 0x10,
                static s => s[GuestIa32LbrCtl] = 0xF
            ),
            Case(
                "GuestIa32SpecCtrlReservedBits",
                static () =>
                    With(
                        Long(),
                        static s =>
                        {
                            s.Context = s.Context with { Ia32SpecCtrlBits = 7 };
                            s.Entry(static c => c with { LoadIa32SpecCtrl = true });
                        }
                    ),
                static s => s[GuestIa32SpecCtrl] = 1UL << 60,
                static s => s[GuestIa32SpecCtrl] = 1
            ),
            // Selectors, bases, limits
            Case("GuestTrSelectorTable", Long, static s => s[GuestTrSelector] |= 4, static s => s[GuestTrSelector] &= ~4UL),
            Case("GuestLdtrSelectorTable", WithLdtr, static s => s[GuestLdtrSelector] = 4, static s => s[GuestLdtrAccessRights] |= 0x10000),
            Case("GuestSsSelectorRpl", Long, static s => s[GuestCsSelector] |= 3, static s => s[GuestCsSelector] &= ~3UL),
            Case("GuestVirtual8086SegmentBase", Old, static s => s[GuestDsBase] = 0x12350, static s => s[GuestDsSelector] = 0x1235),
            Case("GuestVirtual8086SegmentLimit", Old, static s => s[GuestEsLimit] = 0xFFFE, static s => s[GuestEsLimit] = 0xFFFF),
            Case(
                "GuestVirtual8086SegmentAccessRights",
                Old,
                static s => s[GuestFsAccessRights] = 0x93,
                static s => s[GuestFsAccessRights] = 0xF3
            ),
            Case(
                "GuestVirtual8086SegmentAccessRights",
                Old,
                static s => s[GuestGsAccessRights] = 0x100F3,
                static s => s[GuestGsAccessRights] = 0xF3
            ),
            Case(
                "GuestLdtrBaseCanonical",
                WithLdtr,
                static s => s[GuestLdtrBase] = NonCanonical,
                static s => s[GuestLdtrAccessRights] |= 0x10000
            ),
            Case("GuestDataSegmentBase", Long, static s => s[GuestDsBase] = 1UL << 32, static s => s[GuestDsAccessRights] |= 0x10000),
            Case("GuestDataSegmentBase", Long, static s => s[GuestSsBase] = 1UL << 63, static s => s[GuestSsBase] = 0xFFFF_FFFF),
            // Access rights
            Case("GuestCsAccessRightsType", Long, static s => s[GuestCsAccessRights] = 0xA09A, static s => s[GuestCsAccessRights] = 0xA09B),
            Case("GuestCsAccessRightsType", Flat, static s => s[GuestCsAccessRights] = 0xC093, static s => s[GuestCsAccessRights] = 0xC099),
            Case("GuestSsAccessRightsType", Long, static s => s[GuestSsAccessRights] = 0xC091, static s => s[GuestSsAccessRights] = 0xC097),
            Case(
                "GuestDataSegmentAccessed",
                Long,
                static s => s[GuestDsAccessRights] = 0xC092,
                static s => s[GuestDsAccessRights] |= 0x10000
            ),
            Case(
                "GuestDataSegmentReadable",
                Long,
                static s => s[GuestGsAccessRights] = 0xC099,
                static s => s[GuestGsAccessRights] = 0xC09B
            ),
            Case(
                "GuestSegmentDescriptorType",
                Long,
                static s => s[GuestCsAccessRights] &= ~0x10UL,
                static s => s[GuestCsAccessRights] |= 0x10
            ),
            Case(
                "GuestSegmentDescriptorType",
                Long,
                static s => s[GuestEsAccessRights] &= ~0x10UL,
                static s => s[GuestEsAccessRights] |= 0x10000
            ),
            Case("GuestCsDplOfDataSegment", Real, static s => s[GuestCsAccessRights] = 0xB3, static s => s[GuestCsAccessRights] = 0x93),
            Case(
                "GuestCsDplNonconforming",
                Long,
                static s => s[GuestCsAccessRights] |= 1 << 5,
                static s => s[GuestCsAccessRights] &= ~(1UL << 5)
            ),
            Case("GuestCsDplConforming", Long, static s => s[GuestCsAccessRights] = 0xA0FF, static s => s[GuestCsAccessRights] = 0xA09F),
            Case(
                "GuestSsDplRpl",
                static () => With(Long(), static s => s[GuestCsAccessRights] = 0xA09F),
                static s => s[GuestSsAccessRights] |= 3 << 5,
                static s => s[GuestSsAccessRights] &= ~(3UL << 5)
            ),
            Case(
                "GuestSsDplWithoutPrivileges",
                static () => With(Real(), static s => s[GuestCsAccessRights] = 0x9F),
                static s => s[GuestSsAccessRights] = 0xF3,
                static s => s[GuestSsAccessRights] = 0x93
            ),
            Case(
                "GuestSsDplWithoutPrivileges",
                static () =>
                    With(
                        Real(),
                        static s =>
                        {
                            s[GuestCsAccessRights] = 0x93;
                            s[GuestCr0] |= 1;
                        }
                    ),
                static s => s[GuestSsAccessRights] = 0xD3,
                static s => s[GuestSsAccessRights] = 0x93
            ),
            Case(
                "GuestSsDplUnderFred",
                static () => With(Fred(), static s => s[GuestCsAccessRights] = 0xA09F),
                static s =>
                {
                    s[GuestSsSelector] = 9;
                    s[GuestCsSelector] = 9;
                    s[GuestSsAccessRights] |= 1 << 5;
                },
                static s => s[GuestCr4] &= ~(1UL << 32)
            ),
            Case(
                "GuestCsLongModeUnderFred",
                Fred,
                static s => s[GuestCsAccessRights] = 0xC09B,
                static s => s[GuestCsAccessRights] = 0xA09B
            ),
            Case("GuestDataSegmentDpl", Long, static s => s[GuestDsSelector] |= 3, static s => s[GuestDsAccessRights] |= 3 << 5),
            Case(
                "GuestDataSegmentDpl",
                static () => With(Long(), static s => (s[GuestEsSelector], s[GuestEsAccessRights]) = (0xB, 0xC09F)),
                static s => s[GuestEsAccessRights] = 0xC09B,
                static s => s[GuestEsSelector] = 8
            ),
            Case("GuestSegmentPresent", Long, static s => s[GuestCsAccessRights] &= ~0x80UL, static s => s[GuestCsAccessRights] |= 0x80),
            Case("GuestSegmentPresent", Long, static s => s[GuestSsAccessRights] &= ~0x80UL, static s => s[GuestSsAccessRights] |= 0x10000),
            Case(
                "GuestSegmentReservedBits",
                Long,
                static s => s[GuestFsAccessRights] |= 0x100,
                static s => s[GuestFsAccessRights] &= ~0x100UL
            ),
            Case(
                "GuestSegmentReservedBits",
                Long,
                static s => s[GuestCsAccessRights] |= 0x8000_0000,
                static s => s[GuestCsAccessRights] &= 0xFFFF
            ),
            Case("GuestCsDefaultSize", Long, static s => s[GuestCsAccessRights] |= 0x4000, static s => s[GuestCsAccessRights] &= ~0x4000UL),
            Case("GuestSegmentGranularity", Long, static s => s[GuestDsLimit] = 0xFFFF_FFFE, static s => s[GuestDsLimit] = 0xFFF),
            Case("GuestSegmentGranularity", Long, static s => s[GuestCsAccessRights] &= ~0x8000UL, static s => s[GuestCsLimit] = 0xF_FFFF),
            Case("GuestTrUsable", Long, static s => s[GuestTrAccessRights] |= 0x10000, static s => s[GuestTrAccessRights] &= ~0x10000UL),
            Case("GuestTrAccessRightsType", Long, static s => s[GuestTrAccessRights] = 0x83, static s => s[GuestTrAccessRights] = 0x8B),
            Case("GuestTrAccessRightsType", Flat, static s => s[GuestTrAccessRights] = 0x89, static s => s[GuestTrAccessRights] = 0x83),
            Case(
                "GuestLdtrAccessRightsType",
                WithLdtr,
                static s => s[GuestLdtrAccessRights] = 0x83,
                static s => s[GuestLdtrAccessRights] = 0x82
            ),
            Case(
                "GuestSystemSegmentDescriptorType",
                Long,
                static s => s[GuestTrAccessRights] |= 0x10,
                static s => s[GuestTrAccessRights] &= ~0x10UL
            ),
            Case(
                "GuestSystemSegmentDescriptorType",
                WithLdtr,
                static s => s[GuestLdtrAccessRights] |= 0x10,
                static s => s[GuestLdtrAccessRights] &= ~0x10UL
            ),
            Case(
                "GuestSystemSegmentPresent",
                Long,
                static s => s[GuestTrAccessRights] &= ~0x80UL,
                static s => s[GuestTrAccessRights] |= 0x80
            ),
            Case(
                "GuestSystemSegmentPresent",
                WithLdtr,
                static s => s[GuestLdtrAccessRights] &= ~0x80UL,
                static s => s[GuestLdtrAccessRights] |= 0x10000
            ),
            Case(
                "GuestSystemSegmentReservedBits",
                Long,
                static s => s[GuestTrAccessRights] |= 0x20000,
                static s => s[GuestTrAccessRights] &= ~0x20000UL
            ),
            Case("GuestSystemSegmentGranularity", Long, static s => s[GuestTrAccessRights] |= 0x8000, static s => s[GuestTrLimit] = 0xFFF),
            // RIP, RFLAGS, SSP
            Case("GuestRipOf32Bits", Flat, static s => s[GuestRip] = 1UL << 32, static s => s[GuestRip] = 0xFFFF_FFFF),
            Case(
                "GuestRipOf32Bits",
                static () => With(Long(), static s => s[GuestCsAccessRights] = 0xC09B),
                static s => s[GuestRip] = 1UL << 32,
                static s => s[GuestCsAccessRights] = 0xA09B
            ),
            Case("GuestRipUnusedBits", Long, static s => s[GuestRip] = 1UL << 48, static s => s[GuestRip] = NonCanonical),
            Case(
                "GuestRipUnusedBits",
                Long,
                static s => s[GuestRip] = 0xFFFE_0000_0000_0000,
                static s => s[GuestRip] = 0xFFFF_0000_0000_0000
            ),
            Case("GuestRflagsFixedBit", Long, static s => s[GuestRflags] = 0, static s => s[GuestRflags] = 2),
            Case(
                "GuestRflagsVirtual8086",
                Old,
                static s =>
                {
                    s.Entry(static c => c with { Ia32eModeGuest = true });
                    s[GuestCr4] |= 0x20;
                },
                static s =>
                {
                    s.Entry(static c => c with { Ia32eModeGuest = false });
                    s[GuestCr4] &= ~0x20UL;
                }
            ),
            Case(
                "GuestRflagsInterruptFlag",
                Long,
                static s => s.Inject(InterruptionType.ExternalInterrupt, 0x40),
                static s => s[GuestRflags] |= 0x200
            ),
            Case(
                "GuestRflagsIoplUnderFred",
                static () => User(Fred()),
                static s => s[GuestRflags] |= 0x3000,
                static s => s[GuestRflags] &= ~0x3000UL
            ),
            Case(
                "GuestSspOf32Bits",
                static () => With(Flat(), static s => s.Entry(static c => c with { LoadCetState = true })),
                static s => s[GuestSsp] = 1UL << 32,
                static s => s[GuestSsp] = 0x1000
            ),
            Case("GuestSspUnusedBits", LoadingCet, static s => s[GuestSsp] = 1UL << 48, static s => s[GuestSsp] = NonCanonical),
        ];

    public static EntryCase Case(
        string rule,
        Func<EntryScene> start,
        Action<EntryScene> @break,
        Action<EntryScene> mend,
        ulong qualification = 0
    ) => new(rule, start, @break, mend, VmEntryOutcome.Exit(BasicExitReason.EntryFailureInvalidGuestState, qualification));

    private static EntryScene LoadingEfer() =>
        With(
            Long(),
            static s =>
            {
                s.Entry(static c => c with { LoadIa32Efer = true });
                s[GuestIa32Efer] = 0xD01;
            }
        );

    private static EntryScene LoadingCet() => With(Long(), static s => s.Entry(static c => c with { LoadCetState = true }));

    private static EntryScene WithLdtr() =>
        With(
            Long(),
            static s =>
            {
                s[GuestLdtrAccessRights] = 0x82;
                s[GuestLdtrLimit] = 0xFFFF;
            }
        );
}
