using System;
using System.Collections.Generic;
using VmcsGen.Vmx.Entry;
using static VmcsGen.Vmx.Tests.ControlCases;
using static VmcsGen.Vmx.Tests.EntryCase;
using static VmcsGen.Vmx.VmcsField;

namespace VmcsGen.Vmx.Tests;

/// <summary>SDM 3C 27.2.2 to 27.2.4.</summary>
internal static class HostCases
{
    private const ulong NonCanonical = 0x0000_8000_0000_0000;

    public static IEnumerable<EntryCase> All =>
        [
            // Registers
            Case("HostCr0FixedBits", Long, static s => s[HostCr0] &= ~0x20UL, static s => s[HostCr0] |= 0x20),
            Case("HostCr0FixedBits", Long, static s => s[HostCr0] |= 1UL << 32, static s => s[HostCr0] &= ~(1UL << 32)),
            Case("HostCr4FixedBits", Long, static s => s[HostCr4] &= ~0x2000UL, static s => s[HostCr4] |= 0x2000),
            Case(
                "HostCr4CetNeedsWriteProtect",
                Long,
                static s =>
                {
                    s[HostCr4] |= 1 << 23;
                    s[HostCr0] &= ~(1UL << 16);
                },
                static s => s[HostCr0] |= 1 << 16
            ),
            Case("HostCr3PhysicalAddress", Long, static s => s[HostCr3] = 1UL << 40, static s => s[HostCr3] = 1UL << 39),
            Case(
                "HostCr3PhysicalAddress",
                Long,
                static s => s[HostCr3] = 1UL << 62,
                static s => s.Context = s.Context with { SupportsLinearAddressMasking = true }
            ),
            Case(
                "HostIa32PerfGlobalCtrlReservedBits",
                static () =>
                    With(
                        Long(),
                        static s =>
                        {
                            s.Context = s.Context with { Ia32PerfGlobalCtrlBits = 0x7_0000_000F };
                            s.Exit(static c => c with { LoadIa32PerfGlobalCtrl = true });
                        }
                    ),
                static s => s[HostIa32PerfGlobalCtrl] = 0x10,
                static s => s[HostIa32PerfGlobalCtrl] = 0xF
            ),
            Case("HostIa32EferReservedBits", LoadingEfer, static s => s[HostIa32Efer] |= 2, static s => s[HostIa32Efer] &= ~2UL),
            Case("HostIa32EferHostAddressSpaceSize", LoadingEfer, static s => s[HostIa32Efer] = 0x400, static s => s[HostIa32Efer] = 0x500),
            Case("HostIa32EferHostAddressSpaceSize", LoadingEfer, static s => s[HostIa32Efer] = 0x100, static s => s[HostIa32Efer] = 0x500),
            Case("HostIa32SCetReservedBits", LoadingCet, static s => s[HostIa32SCet] = 0x40, static s => s[HostIa32SCet] = 0x3F),
            Case("HostIa32SCetSuppressAndTracker", LoadingCet, static s => s[HostIa32SCet] = 0xC00, static s => s[HostIa32SCet] = 0x800),
            Case(
                "HostIa32SpecCtrlReservedBits",
                static () =>
                    With(
                        Long(),
                        static s =>
                        {
                            s.Context = s.Context with { Ia32SpecCtrlBits = 7 };
                            s.Exit2(static c => c with { LoadIa32SpecCtrl = true });
                        }
                    ),
                static s => s[HostIa32SpecCtrl] = 8,
                static s => s[HostIa32SpecCtrl] = 7
            ),
            // Segments
            Case("HostCsSelectorNotNull", Long, static s => s[HostCsSelector] = 0, static s => s[HostCsSelector] = 8),
            Case("HostTrSelectorNotNull", Long, static s => s[HostTrSelector] = 0, static s => s[HostTrSelector] = 0x40),
            Case("HostSsSelectorNotNull", Short, static s => s[HostSsSelector] = 0, static s => s[HostSsSelector] = 0x18),
            // Address-space size
            Case(
                "Ia32eModeGuestNeedsIa32eMode",
                static () =>
                    With(
                        Long(),
                        static s =>
                        {
                            s.Exit(static c => c with { HostAddressSpaceSize = false });
                            s.Entry(static c => c with { Ia32eModeGuest = false });
                            s[HostRip] = 0x1000;
                            s.Context = s.Context with { Ia32Efer = 0 };
                            s[GuestCr4] &= ~0x20UL;
                        }
                    ),
                static s =>
                {
                    s.Entry(static c => c with { Ia32eModeGuest = true });
                    s[GuestCr4] |= 0x20;
                },
                static s =>
                {
                    s.Context = s.Context with { Ia32Efer = 0x500 };
                    s.Exit(static c => c with { HostAddressSpaceSize = true });
                }
            ) with
            {
                Also = ["Ia32eModeGuestNeedsHostAddressSpaceSize"],
            },
            Case(
                "HostAddressSpaceSizeNeedsIa32eMode",
                Short,
                static s => s.Exit(static c => c with { HostAddressSpaceSize = true }),
                static s => s.Exit(static c => c with { HostAddressSpaceSize = false })
            ),
            Case(
                "Ia32eModeNeedsHostAddressSpaceSize",
                Short,
                static s => s.Context = s.Context with { Ia32Efer = 0x500 },
                static s => s.Exit(static c => c with { HostAddressSpaceSize = true })
            ),
            Case(
                "Ia32eModeGuestNeedsHostAddressSpaceSize",
                static () => With(Long(), static s => s[HostRip] = 0x1000),
                static s => s.Exit(static c => c with { HostAddressSpaceSize = false }),
                static s => s.Exit(static c => c with { HostAddressSpaceSize = true })
            ) with
            {
                Also = ["Ia32eModeNeedsHostAddressSpaceSize"],
            },
            Case("HostCr4PcideNeedsHostAddressSpaceSize", Short, static s => s[HostCr4] |= 1 << 17, static s => s[HostCr4] &= ~(1UL << 17)),
            Case(
                "HostCr4FredNeedsHostAddressSpaceSize",
                Short,
                static s => s[HostCr4] |= 1UL << 32,
                static s => s[HostCr4] &= ~(1UL << 32)
            ),
            Case("HostRipOf32Bits", Short, static s => s[HostRip] = 1UL << 32, static s => s[HostRip] = 0xFFFF_FFFF),
            Case(
                "HostCetStateOf32Bits",
                static () => With(Short(), static s => s.Exit(static c => c with { LoadCetState = true })),
                static s => s[HostSsp] = 1UL << 32,
                static s => s[HostSsp] = 0x1000
            ),
            Case(
                "HostCetStateOf32Bits",
                static () => With(Short(), static s => s.Exit(static c => c with { LoadCetState = true })),
                static s => s[HostIa32SCet] = 1UL << 32,
                static s => s[HostIa32SCet] = 0x1000
            ),
            Case("HostAddressSpaceSizeNeedsHostCr4Pae", Long, static s => s[HostCr4] &= ~0x20UL, static s => s[HostCr4] |= 0x20),
            Case("HostRipCanonical", Long, static s => s[HostRip] = NonCanonical, static s => s[HostRip] = 0x0000_7FFF_FFFF_FFFF),
            Case("HostCetStateCanonical", LoadingCet, static s => s[HostSsp] = NonCanonical, static s => s[HostSsp] = 0x8000),
            Case("HostCetStateCanonical", LoadingCet, static s => s[HostIa32SCet] = NonCanonical, static s => s[HostIa32SCet] = 0),
        ];

    private static EntryScene LoadingEfer() =>
        With(
            Long(),
            static s =>
            {
                s.Exit(static c => c with { LoadIa32Efer = true });
                s[HostIa32Efer] = 0xD01;
            }
        );

    private static EntryScene LoadingCet() => With(Long(), static s => s.Exit(static c => c with { LoadCetState = true }));

    private static EntryCase Case(string rule, Func<EntryScene> start, Action<EntryScene> @break, Action<EntryScene> mend) =>
        new(rule, start, @break, mend, VmEntryOutcome.Fail(VmInstructionError.EntryInvalidHostStateFields));
}
