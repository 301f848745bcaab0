using System;
using VmcsGen.X86;

namespace VmcsGen.Kvm;

/// <summary>A piece of state that a host did not have when state was captured, or did not take when it was restored.</summary>
/// <param name="Part">The piece.</param>
/// <param name="Msr">The MSR's number, if the piece is one.</param>
/// <param name="Errno">What the ioctl failed with; 0 for an MSR, because KVM gives no reason.</param>
public readonly record struct StateGap(StatePart Part, uint Msr, Errno Errno)
{
    /// <summary>Tells what is missing and why.</summary>
    public override string ToString() => Part == StatePart.Msr ? $"MSR 0x{Msr:X}{MsrName}: refused" : $"{Part}: {ErrnoText.Explain(Errno)}";

    private string MsrName => Enum.GetName((X86Msr)Msr) is { } name ? $" ({name})" : "";
}
