namespace VmcsGen.Vmx.Entry;

/// <summary>Bits of MSRs that processors with all that depends on them let software set.</summary>
internal static class WritableMsrBits
{
    internal const ulong Ia32Efer = 0xD01;
    internal const ulong Ia32Debugctl = 0xFFC7;
    internal const ulong Ia32LbrCtl = 0x7F_000F;
    internal const ulong Ia32SCet = ~0x3C0UL;
}
