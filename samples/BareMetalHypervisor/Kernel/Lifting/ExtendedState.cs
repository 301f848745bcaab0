using VmcsGen.Vmx;

namespace BareMetal.Lifting;

/// <summary>XCR0, which guest and hypervisor share: the guest says what state XSAVE saves, and the hypervisor uses none of it.</summary>
internal static unsafe class ExtendedState
{
    private const uint FeatureLeaf = 1;
    private const uint Xsave = 1 << 26;
    private const uint StateLeaf = 0xD;

    // SDM 1 13.3: x87 always, SSE for AVX, AVX for AVX-512, and these only together.
    private const ulong X87 = 1 << 0;
    private const ulong Sse = 1 << 1;
    private const ulong Avx = 1 << 2;
    private const ulong Mpx = 3 << 3;
    private const ulong Avx512 = 7 << 5;
    private const ulong Amx = 3 << 17;

    /// <summary>Sets CR4.OSXSAVE, without which XSETBV is not allowed, where there is such a bit.</summary>
    public static void Allow()
    {
        var values = stackalloc uint[4];
        Cpu.Id(FeatureLeaf, 0, values);
        if ((values[2] & Xsave) != 0)
            Cpu.WriteCr4(Cpu.ReadCr4() | ControlRegisters.Cr4Osxsave);
    }

    public static void OnXsetbv(in GuestRegisters registers, in Vmcs<ProcessorVmcs> vmcs)
    {
        var index = (uint)registers.Rcx;
        var value = (registers.Rdx << 32) | (uint)registers.Rax;
        if (index != 0 || !IsAllowed(value))
        {
            Interrupts.InjectException(vmcs, ExceptionVector.GeneralProtection, errorCode: true);
            return;
        }
        Cpu.SetXcr(index, value);
        Interrupts.Skip(vmcs);
    }

    private static bool IsAllowed(ulong value)
    {
        var values = stackalloc uint[4];
        Cpu.Id(StateLeaf, 0, values);
        var supported = ((ulong)values[3] << 32) | values[0];
        return (value & ~supported) == 0
            && (value & X87) != 0
            && ((value & Avx) == 0 || (value & Sse) != 0)
            && ((value & Avx512) == 0 || ((value & Avx512) == Avx512 && (value & Avx) != 0))
            && IsNoneOrAll(value & Mpx, Mpx)
            && IsNoneOrAll(value & Amx, Amx);
    }

    private static bool IsNoneOrAll(ulong value, ulong all) => value == 0 || value == all;
}
