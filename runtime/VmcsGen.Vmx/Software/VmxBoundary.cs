namespace VmcsGen.Vmx.Software;

/// <summary>A guest between two instructions: what decides which pending event it takes (SDM 3C 25.4.2).</summary>
/// <param name="InterruptFlag">RFLAGS.IF.</param>
/// <param name="Interruptibility">What blocks events.</param>
/// <param name="Activity">What the guest does besides executing instructions.</param>
public readonly record struct VmxBoundary(
    bool InterruptFlag,
    InterruptibilityState Interruptibility,
    ActivityState Activity = ActivityState.Active
)
{
    // SDM 3C, table 25-3: MOV SS blocks both kinds; STI blocks NMIs on some processors, and on this one.
    internal bool IsShadowed => Interruptibility.BlockingBySti || Interruptibility.BlockingByMovSs;
}
