using BareMetal;

namespace VmcsGen.Vmx;

/// <summary>What rules ask of the capability MSRs, read from the processor itself.</summary>
internal sealed class VmxCapabilities
{
    internal VmxBasic Basic { get; } = new(Cpu.ReadMsr((uint)VmxMsr.Ia32VmxBasic));

    internal VmxFixedBits Cr0 { get; } = Fixed(VmxMsr.Ia32VmxCr0Fixed0, VmxMsr.Ia32VmxCr0Fixed1);

    internal VmxFixedBits Cr4 { get; } = Fixed(VmxMsr.Ia32VmxCr4Fixed0, VmxMsr.Ia32VmxCr4Fixed1);

    internal VmxMisc Misc { get; } = new(Cpu.ReadMsr((uint)VmxMsr.Ia32VmxMisc));

    private static VmxFixedBits Fixed(VmxMsr fixed0, VmxMsr fixed1) => new(Cpu.ReadMsr((uint)fixed0), Cpu.ReadMsr((uint)fixed1));
}
