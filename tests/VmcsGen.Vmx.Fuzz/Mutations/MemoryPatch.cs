using System;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>Bytes in memory that a case changes.</summary>
/// <param name="Address">Physical address.</param>
/// <param name="Before">What is there in other cases.</param>
/// <param name="After">What this case writes, of the same length.</param>
public sealed record MemoryPatch(ulong Address, byte[] Before, byte[] After)
{
    public override string ToString() => $"memory at 0x{Address:X}: {Convert.ToHexString(Before)} -> {Convert.ToHexString(After)}";
}
