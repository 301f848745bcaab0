namespace VmcsGen.Vmx.Testing;

/// <summary>What a VM exit due to an event, or to a window for one, tells.</summary>
/// <param name="Reason">The basic exit reason.</param>
/// <param name="Qualification">The exit qualification.</param>
/// <param name="Interruption">The VM-exit interruption information.</param>
/// <param name="At">How far in its code the guest was.</param>
public readonly record struct EventExit(BasicExitReason Reason, ulong Qualification = 0, uint Interruption = 0, ulong At = 0)
{
    /// <summary>The activity state that was saved.</summary>
    public ActivityState Activity { get; init; }
}
