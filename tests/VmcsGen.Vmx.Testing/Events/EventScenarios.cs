using System;
using System.Collections.Generic;
using System.Linq;

namespace VmcsGen.Vmx.Testing;

/// <summary>Events at a guest, by SDM 3C 26.2, 27.7 and 28.2.</summary>
public static class EventScenarios
{
    private const ulong InterruptFlag = 1 << 9;
    private const ulong NoFlags = 2;
    private const byte Vector = 0x51;

    // SDM 3C, table 25-18: valid, type in bits 10:8, vector.
    private const uint AcknowledgedInterrupt = 0x8000_0000 | Vector;
    private const uint NmiInformation = 0x8000_0202;

    private static readonly VmxControlSet s_interrupts = new() { PinBased = new() { ExternalInterruptExiting = true } };

    private static readonly VmxControlSet s_acknowledged = s_interrupts with
    {
        PrimaryVmExit = new() { AcknowledgeInterruptOnExit = true },
    };

    private static readonly VmxControlSet s_nmis = new() { PinBased = new() { NmiExiting = true } };

    private static readonly VmxControlSet s_virtualNmis = new()
    {
        PinBased = new() { NmiExiting = true, VirtualNmis = true },
    };

    private static readonly VmxControlSet s_nmiWindow = s_virtualNmis with { PrimaryProcessorBased = new() { NmiWindowExiting = true } };

    private static readonly VmxControlSet s_interruptWindow = new() { PrimaryProcessorBased = new() { InterruptWindowExiting = true } };

    private static readonly VmxEvent s_interrupt = VmxEvent.ExternalInterrupt(Vector);

    /// <summary>All scenarios.</summary>
    public static IReadOnlyList<EventScenario> All { get; } =
    [
        new(
            "An external interrupt exits with reason 1",
            "26.2",
            s_interrupts,
            static vmcs => Interruptible(vmcs, 0),
            [s_interrupt],
            new(BasicExitReason.ExternalInterrupt)
        ),
        new(
            "RFLAGS.IF does not keep an external interrupt from exiting",
            "26.2",
            s_interrupts,
            static vmcs => vmcs.GuestRflags = (nuint)NoFlags,
            [s_interrupt],
            new(BasicExitReason.ExternalInterrupt)
        ),
        new(
            "An acknowledged interrupt is in the interruption information",
            "28.2.2",
            s_acknowledged,
            static vmcs => Interruptible(vmcs, 0),
            [s_interrupt],
            new(BasicExitReason.ExternalInterrupt, Interruption: AcknowledgedInterrupt)
        ),
        new(
            "The interrupt of the highest vector comes first",
            "SDM 3A 12.8.3",
            s_acknowledged,
            static vmcs => Interruptible(vmcs, 0),
            [VmxEvent.ExternalInterrupt(0x31), s_interrupt, VmxEvent.ExternalInterrupt(0x41)],
            new(BasicExitReason.ExternalInterrupt, Interruption: AcknowledgedInterrupt)
        ),
        new(
            "Blocking by STI holds an external interrupt back for one instruction",
            "25.4.2",
            s_interrupts,
            static vmcs => Interruptible(vmcs, 1),
            [s_interrupt],
            new(BasicExitReason.Cpuid)
        ),
        new(
            "Blocking by MOV SS holds an external interrupt back for one instruction",
            "25.4.2",
            s_interrupts,
            static vmcs => Interruptible(vmcs, 2),
            [s_interrupt],
            new(BasicExitReason.Cpuid)
        ),
        new(
            "Without external-interrupt exiting RFLAGS.IF holds an interrupt back",
            "26.3.1",
            default,
            static vmcs => vmcs.GuestRflags = (nuint)NoFlags,
            [s_interrupt],
            new(BasicExitReason.Cpuid)
        ),
        new(
            "The interrupt window is open where RFLAGS.IF is 1",
            "26.2",
            s_interruptWindow,
            static vmcs => vmcs.GuestRflags = (nuint)(NoFlags | InterruptFlag),
            [],
            new(BasicExitReason.InterruptWindow)
        ),
        new(
            "The interrupt window is not open where RFLAGS.IF is 0",
            "26.2",
            s_interruptWindow,
            static vmcs => vmcs.GuestRflags = (nuint)NoFlags,
            [],
            new(BasicExitReason.Cpuid)
        ),
        new(
            "The interrupt window is not open while STI blocks",
            "26.2",
            s_interruptWindow,
            static vmcs => Interruptible(vmcs, 1),
            [],
            new(BasicExitReason.Cpuid)
        ),
        new(
            "An external interrupt comes before the interrupt window",
            "26.2",
            s_interrupts with
            {
                PrimaryProcessorBased = s_interruptWindow.PrimaryProcessorBased,
            },
            static vmcs => Interruptible(vmcs, 0),
            [s_interrupt],
            new(BasicExitReason.ExternalInterrupt)
        ),
        new(
            "The NMI window is open where no virtual NMI is blocked",
            "26.2",
            s_nmiWindow,
            static _ => { },
            [],
            new(BasicExitReason.NmiWindow)
        ),
        new(
            "The NMI window is not open where virtual NMIs are blocked",
            "26.2",
            s_nmiWindow,
            static vmcs => vmcs.GuestInterruptibilityState = new(8),
            [],
            new(BasicExitReason.Cpuid)
        ),
        new(
            "An NMI exits with reason 0 and its vector",
            "26.2",
            s_nmis,
            static _ => { },
            [VmxEvent.Nmi],
            new(BasicExitReason.ExceptionOrNmi, Interruption: NmiInformation)
        ),
        new(
            "An NMI exits where virtual NMIs are blocked",
            "26.2",
            s_virtualNmis,
            static vmcs => vmcs.GuestInterruptibilityState = new(8),
            [VmxEvent.Nmi],
            new(BasicExitReason.ExceptionOrNmi, Interruption: NmiInformation)
        ),
        new(
            "An NMI ends HLT",
            "27.7.2",
            s_nmis,
            static vmcs => vmcs.GuestActivityState = ActivityState.Hlt,
            [VmxEvent.Nmi],
            new(BasicExitReason.ExceptionOrNmi, Interruption: NmiInformation) { Activity = ActivityState.Hlt }
        ),
        new("INIT exits with reason 3", "26.2", default, static _ => { }, [VmxEvent.Init], new(BasicExitReason.InitSignal)),
        new(
            "A SIPI exits from wait-for-SIPI with its vector",
            "26.2",
            default,
            static vmcs => vmcs.GuestActivityState = ActivityState.WaitForSipi,
            [VmxEvent.Sipi(0x9F)],
            new(BasicExitReason.StartupIpi, Qualification: 0x9F) { Activity = ActivityState.WaitForSipi }
        ),
    ];

    /// <summary>The scenario of a name.</summary>
    public static EventScenario Named(string name) => All.Single(one => one.Name == name);

    // With interrupts enabled. STI blocks only then (SDM 3C 27.3.1.5).
    private static void Interruptible(Vmcs<CurrentVmcs> vmcs, uint state)
    {
        vmcs.GuestRflags = (nuint)(NoFlags | InterruptFlag);
        vmcs.GuestInterruptibilityState = new InterruptibilityState(state);
    }
}
