using System.Collections.Generic;
using System.Linq;
using VmcsGen.Vmx.Testing;

namespace VmcsGen.Vmx.Bochs.Tests.Vmx;

/// <summary>An event that ends otherwise on Bochs than the SDM says.</summary>
/// <param name="Scenario">The scenario.</param>
/// <param name="Observed">What is seen on Bochs.</param>
/// <param name="Known">The deviation that the package lists.</param>
internal sealed record EventDeviation(string Scenario, EventExit Observed, string Known)
{
    private const string ActiveState = "a VM exit due to an event saves the activity state active";

    public const string InitStays = "an INIT signal that has caused a VM exit stays pending, and resets the machine at VMXOFF";

    /// <summary>What a guest with blocked virtual NMIs does to the next one.</summary>
    public const string BlockingStays = "blocking of virtual NMIs that a VM entry loads stays for later guests, until one executes IRET";

    private static readonly EventDeviation[] s_all =
    [
        new(
            "RFLAGS.IF does not keep an external interrupt from exiting",
            new(BasicExitReason.Cpuid),
            "an external interrupt waits while a guest that was entered with RFLAGS.IF 0 leaves it so"
        ),
        new(
            "An external interrupt comes before the interrupt window",
            new(BasicExitReason.InterruptWindow),
            "the interrupt window comes before an external interrupt"
        ),
        new("An NMI ends HLT", new(BasicExitReason.ExceptionOrNmi, Interruption: 0x8000_0202), ActiveState),
        new("A SIPI exits from wait-for-SIPI with its vector", new(BasicExitReason.StartupIpi, Qualification: 0x9F), ActiveState),
    ];

    /// <summary>All that scenarios show.</summary>
    public static IEnumerable<string> Shown => s_all.Select(static one => one.Known).Distinct().Append(InitStays).Append(BlockingStays);

    /// <summary>How a scenario deviates, or null.</summary>
    public static EventDeviation? Of(EventScenario one) => s_all.SingleOrDefault(deviation => deviation.Scenario == one.Name);
}
