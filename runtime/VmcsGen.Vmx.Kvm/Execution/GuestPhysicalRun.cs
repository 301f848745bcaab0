namespace VmcsGen.Vmx.Kvm;

/// <summary>Guest-physical addresses that are translated to physical addresses in one piece.</summary>
/// <param name="Start">The first guest-physical address.</param>
/// <param name="Physical">Its physical address.</param>
/// <param name="Length">Bytes.</param>
/// <param name="IsWritable">Whether the guest may write.</param>
/// <param name="IsExecutable">Whether the guest may fetch instructions.</param>
internal readonly record struct GuestPhysicalRun(ulong Start, ulong Physical, ulong Length, bool IsWritable, bool IsExecutable)
{
    internal ulong End => Start + Length;
}
