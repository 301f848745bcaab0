using System.Runtime.InteropServices;

namespace VmcsGen.Vmx.Structures;

/// <summary>The memory operand of INVVPID: 16 bytes (SDM 3C, chapter 31, INVVPID).</summary>
/// <param name="vpid">The VPID, which must not be 0 unless all contexts are invalidated.</param>
/// <param name="linearAddress">The linear address, for individual-address invalidation.</param>
[StructLayout(LayoutKind.Explicit, Size = 16)]
public struct InvvpidDescriptor(ushort vpid, ulong linearAddress = 0)
{
    /// <summary>The VPID whose translations are dropped: bits 15:0.</summary>
    [FieldOffset(0)]
    [NativeName("vpid")]
    public ushort Vpid = vpid;

    /// <summary>Bits 31:16, which must be 0.</summary>
    [FieldOffset(2)]
    public ushort ReservedLow;

    /// <summary>Bits 63:32, which must be 0.</summary>
    [FieldOffset(4)]
    public uint ReservedHigh;

    /// <summary>The linear address whose translation individual-address invalidation drops: bits 127:64. It must be canonical.</summary>
    [FieldOffset(8)]
    [NativeName("gva")]
    public ulong LinearAddress = linearAddress;

    /// <summary>Whether the reserved bits are 0, as INVVPID demands.</summary>
    public readonly bool IsWellFormed => ReservedLow == 0 && ReservedHigh == 0;

    /// <summary>As <c>VPID 1, linear address 0x1000</c>.</summary>
    public override readonly string ToString() =>
        $"VPID {Vpid}, linear address 0x{LinearAddress:X}{(IsWellFormed ? "" : $", reserved bits 0x{ReservedHigh:X8}{ReservedLow:X4}")}";
}
