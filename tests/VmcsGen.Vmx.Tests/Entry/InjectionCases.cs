using System;
using System.Collections.Generic;
using VmcsGen.Vmx.Entry;
using static VmcsGen.Vmx.InterruptionType;
using static VmcsGen.Vmx.Tests.EntryCase;
using static VmcsGen.Vmx.VmcsField;

namespace VmcsGen.Vmx.Tests;

/// <summary>SDM 3C 27.2.1.3: event injection.</summary>
internal static class InjectionCases
{
    public static IEnumerable<EntryCase> All =>
        [
            Case("InjectedEventType", Long, static s => s.Inject((InterruptionType)1, 0), Stop),
            Case(
                "InjectedEventType",
                static () => EntryScene.Long64(RecordedProcessor.Load("corei7_skylake_x").Msrs),
                static s => s.Inject(OtherEvent, 0),
                Stop
            ),
            Case("InjectedEventVector", Long, static s => s.Inject(Nmi, 3), static s => s.Inject(Nmi, 2)),
            Case("InjectedEventVector", Long, static s => s.Inject(HardwareException, 32), static s => s.Inject(HardwareException, 31)),
            Case("InjectedEventVector", Long, static s => s.Inject(OtherEvent, 1), static s => s.Inject(OtherEvent, 0)),
            Case(
                "InjectedEventVector",
                Fred,
                static s => s.Inject(OtherEvent, 3),
                static s =>
                {
                    s.Inject(OtherEvent, 2);
                    s[EntryInstructionLength] = 2;
                }
            ),
            Case(
                "InjectedErrorCodeMissing",
                Long,
                static s => s.Inject(HardwareException, 13),
                static s => s.Inject(HardwareException, 13, errorCode: true)
            ),
            Case(
                "InjectedErrorCodeMissing",
                Long,
                static s => s.Inject(HardwareException, 17),
                static s => s.Inject(HardwareException, 17, errorCode: true)
            ),
            Case(
                "InjectedErrorCodeForbidden",
                Long,
                static s => s.Inject(HardwareException, 6, errorCode: true),
                static s => s.Inject(HardwareException, 6)
            ),
            Case(
                "InjectedErrorCodeForbidden",
                Long,
                static s => s.Inject(HardwareException, 21, errorCode: true),
                static s => s.Inject(HardwareException, 21)
            ),
            Case("InjectedErrorCodeForbidden", Long, static s => s.Inject(Nmi, 2, errorCode: true), static s => s.Inject(Nmi, 2)),
            Case(
                "InjectedErrorCodeForbidden",
                Real,
                static s => s.Inject(HardwareException, 13, errorCode: true),
                static s => s.Inject(HardwareException, 13)
            ),
            Case(
                "InjectedEventReservedBits",
                Long,
                static s => s[VmcsField.EntryInterruptionInformation] = 0x8000_1306,
                static s => s[VmcsField.EntryInterruptionInformation] = 0x8000_0306
            ),
            Case(
                "InjectedEventReservedBits",
                static () => EntryScene.Long64(RecordedProcessor.Load("tigerlake").Msrs),
                static s => s[VmcsField.EntryInterruptionInformation] = 0x8000_2306,
                static s => s[VmcsField.EntryInterruptionInformation] = 0x8000_0306
            ),
            Case(
                "InjectedNestedExceptionType",
                Long,
                static s => s[VmcsField.EntryInterruptionInformation] = 0x8000_2202,
                static s => s[VmcsField.EntryInterruptionInformation] = 0x8000_2306
            ),
            Case(
                "InjectedErrorCodeReservedBits",
                Long,
                static s =>
                {
                    s.Inject(HardwareException, 14, errorCode: true);
                    s[EntryExceptionErrorCode] = 0x1_0000;
                },
                static s => s[EntryExceptionErrorCode] = 0xFFFF
            ),
            Case("InjectedInstructionLength", Long, Software(SoftwareException, 3, 16), static s => s[EntryInstructionLength] = 15),
            Case(
                "InjectedInstructionLength",
                static () => EntryScene.Long64(RecordedProcessor.Load("bx_generic").Msrs),
                Software(SoftwareInterrupt, 0x80, 0),
                static s => s[EntryInstructionLength] = 2
            ),
            Case(
                "InjectedInstructionLength",
                Long,
                Software(PrivilegedSoftwareException, 1, 16),
                static s => s[EntryInstructionLength] = 1
            ),
        ];

    private static void Stop(EntryScene scene) => scene[VmcsField.EntryInterruptionInformation] = 0;

    private static Action<EntryScene> Software(InterruptionType type, uint vector, uint length) =>
        s =>
        {
            s.Inject(type, vector);
            s[EntryInstructionLength] = length;
        };

    private static EntryCase Case(string rule, Func<EntryScene> start, Action<EntryScene> @break, Action<EntryScene> mend) =>
        new(rule, start, @break, mend, VmEntryOutcome.Fail(VmInstructionError.EntryInvalidControlFields));
}
