using System.Collections.Generic;

namespace VmcsGen.Vmx.Fuzz;

/// <content>What VM entries write and load.</content>
public static partial class BochsDeviations
{
    /// <summary>What VM entries write, besides how they end.</summary>
    public static IReadOnlyList<EffectDeviation> Effects { get; } =
    [
        new(
            "a VM entry that fails on guest state or MSRs writes the VM-exit instruction length, and makes the other information invalid",
            [VmcsField.ExitInstructionLength, VmcsField.ExitInterruptionInformation, VmcsField.IdtVectoringInformation],
            static outcome => outcome.IsExit
        ),
    ];

    /// <summary>MSRs of the VM-entry MSR-load area.</summary>
    public static IReadOnlyList<MsrDeviation> Msrs { get; } =
    [
        new("bits 63:32 of IA32_FMASK are taken", static entry => entry.Index == 0xC000_0084 && entry.Value >> 32 != 0),
        new("bits 63:32 of IA32_TSC_AUX are taken", static entry => entry.Index == 0xC000_0103 && entry.Value >> 32 != 0),
    ];
}
