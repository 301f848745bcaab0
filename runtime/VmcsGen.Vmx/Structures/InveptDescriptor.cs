using System.Runtime.InteropServices;

namespace VmcsGen.Vmx.Structures;

/// <summary>The memory operand of INVEPT: 16 bytes (SDM 3C, chapter 31, INVEPT).</summary>
/// <param name="eptp">The EPT pointer; of no meaning to all-contexts invalidation.</param>
[StructLayout(LayoutKind.Explicit, Size = 16)]
public struct InveptDescriptor(EptPointer eptp)
{
    /// <summary>The EPT pointer whose translations single-context invalidation drops: bits 63:0.</summary>
    [FieldOffset(0)]
    [NativeName("eptp")]
    public EptPointer Eptp = eptp;

    /// <summary>Bits 127:64, which must be 0.</summary>
    [FieldOffset(8)]
    public ulong Reserved;

    /// <summary>The EPT pointer in words, and the reserved bits if they are not 0.</summary>
    public override readonly string ToString() => $"{Eptp}{(Reserved == 0 ? "" : $", reserved bits 0x{Reserved:X}")}";
}
