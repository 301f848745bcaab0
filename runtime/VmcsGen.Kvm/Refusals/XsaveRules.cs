using System.Collections.Generic;
using System.Numerics;

namespace VmcsGen.Kvm;

/// <summary>What KVM_SET_XSAVE demands of the area. Source: SDM 1 13.4.2 and 10.2.3; Documentation/virt/kvm/api.rst 4.43.</summary>
internal static unsafe class XsaveRules
{
    private const int MxcsrOffset = 24;
    private const int HeaderOffset = 512;
    private const int HeaderLength = 64;
    private const int ReservedOffset = 16;

    // What any processor that KVM knows has: bits 15:0, and MM on those of AMD.
    private const uint MxcsrBits = 0x2_FFFF;

    internal static void Check(List<string> broken, CpuidBuilder cpuid, byte* area)
    {
        for (var wrong = *(uint*)(area + MxcsrOffset) & ~MxcsrBits; wrong != 0; wrong &= wrong - 1)
            broken.Add($"Bit {BitOperations.TrailingZeroCount(wrong)} of MXCSR (offset {MxcsrOffset}) is 1, and it is reserved.");

        var header = (ulong*)(area + HeaderOffset);
        XcrRules.CheckStates(broken, cpuid, "XSTATE_BV", header[0]);
        if (header[1] != 0)
            broken.Add($"XCOMP_BV (offset {HeaderOffset + 8}) is 0x{header[1]:X}, and must be 0: KVM takes the standard format only.");
        for (var offset = ReservedOffset; offset < HeaderLength; offset += sizeof(ulong))
        {
            if (header[offset / sizeof(ulong)] != 0)
                broken.Add($"The XSAVE header's bytes from offset {HeaderOffset + offset} on are reserved, and are not 0.");
        }
    }
}
