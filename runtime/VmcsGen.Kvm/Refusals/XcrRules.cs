using System.Collections.Generic;
using System.Numerics;

namespace VmcsGen.Kvm;

/// <summary>What KVM_SET_XCRS demands. Source: SDM 1 13.3; Documentation/virt/kvm/api.rst 4.45.</summary>
internal static class XcrRules
{
    private const uint MostRegisters = 16;
    private const uint StateLeaf = 0xD;

    private const ulong X87 = 0x1;
    private const ulong Sse = 0x2;
    private const ulong Avx = 0x4;
    private const ulong Mpx = 0x18;
    private const ulong Avx512 = 0xE0;
    private const ulong Amx = 0x6_0000;

    private static readonly string?[] s_names =
    [
        "x87",
        "SSE",
        "AVX",
        "BNDREGS",
        "BNDCSR",
        "opmask",
        "ZMM_Hi256",
        "Hi16_ZMM",
        "PT",
        "PKRU",
        "PASID",
        "CET_U",
        "CET_S",
        "HDC",
        "UINTR",
        "LBR",
        "HWP",
        "XTILECFG",
        "XTILEDATA",
        "APX",
    ];

    internal static void Check(List<string> broken, CpuidBuilder cpuid, in KvmXcrs argument)
    {
        if (argument.Flags != 0)
            broken.Add($"The flags 0x{argument.Flags:X} of kvm_xcrs are not defined.");
        if (argument.NrXcrs > MostRegisters)
            broken.Add($"kvm_xcrs counts {argument.NrXcrs} registers, and has room for {MostRegisters}.");
        for (int i = 0; i < System.Math.Min(argument.NrXcrs, MostRegisters); i++)
        {
            if (argument.Xcrs[i].Xcr == 0)
                CheckXcr0(broken, cpuid, argument.Xcrs[i].Value);
        }
    }

    /// <summary>Names the states that some bits stand for and the vCPU does not have.</summary>
    internal static void CheckStates(List<string> broken, CpuidBuilder cpuid, string register, ulong states)
    {
        for (ulong missing = states & ~StatesOf(cpuid); missing != 0; missing &= missing - 1)
        {
            int bit = BitOperations.TrailingZeroCount(missing);
            string name = RefusalReasons.Bit(register, bit < s_names.Length ? s_names[bit] : null, bit);
            broken.Add($"{name} is 1, and the vCPU's CPUID (leaf 0x{StateLeaf:X}, EDX:EAX) does not have this state.");
        }
    }

    private static void CheckXcr0(List<string> broken, CpuidBuilder cpuid, ulong value)
    {
        if ((value & X87) == 0)
            broken.Add("XCR0.x87 (bit 0) is 0, and must be 1 always.");
        if ((value & Avx) != 0 && (value & Sse) == 0)
            broken.Add("XCR0.AVX (bit 2) is 1 and XCR0.SSE (bit 1) is 0: AVX takes SSE.");
        if ((value & Mpx) is not (0 or Mpx))
            broken.Add("XCR0.BNDREGS (bit 3) and XCR0.BNDCSR (bit 4) differ: MPX takes both.");
        if ((value & Avx512) is not (0 or Avx512))
            broken.Add("XCR0.opmask, ZMM_Hi256 and Hi16_ZMM (bits 5 to 7) differ: AVX-512 takes all three.");
        else if ((value & Avx512) != 0 && (value & Avx) == 0)
            broken.Add("XCR0.opmask, ZMM_Hi256 and Hi16_ZMM (bits 5 to 7) are 1 and XCR0.AVX (bit 2) is 0: AVX-512 takes AVX.");
        if ((value & Amx) is not (0 or Amx))
            broken.Add("XCR0.XTILECFG (bit 17) and XCR0.XTILEDATA (bit 18) differ: AMX takes both.");
        CheckStates(broken, cpuid, "XCR0", value);
    }

    private static ulong StatesOf(CpuidBuilder cpuid) =>
        (cpuid.TryFind(StateLeaf, 0, out KvmCpuidEntry2 entry) ? entry.Eax | (ulong)entry.Edx << 32 : 0) | X87;
}
