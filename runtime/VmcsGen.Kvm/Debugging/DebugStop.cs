namespace VmcsGen.Kvm;

/// <summary>Where and why a debugged guest stopped.</summary>
/// <param name="Reasons">Why; none if the exit has nothing to do with debugging.</param>
/// <param name="Address">Linear address of the next instruction; 0 if there is no reason.</param>
public readonly record struct DebugStop(DebugStopReasons Reasons, ulong Address)
{
    /// <summary>The stop in words, such as <c>Breakpoint at 0x8000</c>.</summary>
    public override string ToString() => Reasons == DebugStopReasons.None ? "no debug stop" : $"{Reasons} at 0x{Address:X}";
}
