using System.Collections.Generic;
using System.Numerics;

namespace VmcsGen.Kvm;

/// <summary>
/// What KVM_SET_SREGS demands. Source: SDM 3A 2.5 for CR0 and CR4, 4.1.1 and 10.8.5 for paging and long mode, 11.4.4 for
/// IA32_APIC_BASE; Documentation/virt/kvm/api.rst 4.14.
/// </summary>
internal static class SregsRules
{
    private const int PE = 0;
    private const int NW = 29;
    private const int CD = 30;
    private const int PG = 31;
    private const int PAE = 5;
    private const int LME = 8;
    private const int LMA = 10;

    private const int ExtendedApic = 10;
    private const int ApicEnabled = 11;
    private const ulong AlwaysReservedInApicBase = 0x2FF;

    // What CPUID is taken to say where it says nothing. Source: SDM 2A, CPUID.
    private const int DefaultAddressWidth = 36;
    private const uint AddressSizesLeaf = 0x8000_0008;

    // Of all that KVM lets a guest have; what is not here needs no feature, or no feature helps.
    private static readonly (int Bit, CpuidFeature Feature, CpuidFeature Alternative)[] s_cr4Features =
    [
        (11, CpuidFeature.Umip, CpuidFeature.Umip),
        (12, CpuidFeature.La57, CpuidFeature.La57),
        (13, CpuidFeature.Vmx, CpuidFeature.Vmx),
        (16, CpuidFeature.FsGsBase, CpuidFeature.FsGsBase),
        (17, CpuidFeature.Pcid, CpuidFeature.Pcid),
        (18, CpuidFeature.Xsave, CpuidFeature.Xsave),
        (20, CpuidFeature.Smep, CpuidFeature.Smep),
        (21, CpuidFeature.Smap, CpuidFeature.Smap),
        (22, CpuidFeature.Pku, CpuidFeature.Pku),
        (23, CpuidFeature.CetShadowStack, CpuidFeature.CetIbt),
        (28, CpuidFeature.Lam, CpuidFeature.Lam),
        (32, CpuidFeature.Fred, CpuidFeature.Fred),
    ];

    private const ulong FreeCr4Bits = 0x7FF; // VME to OSXMMEXCPT.

    internal static void Check(List<string> broken, CpuidBuilder cpuid, in RefusableSregs sregs)
    {
        var width = AddressWidth(cpuid);
        CheckCr0(broken, sregs.Cr0);
        CheckCr4(broken, cpuid, sregs.Cr4);
        CheckLongMode(broken, sregs, width);
        CheckApicBase(broken, cpuid, sregs.ApicBase, width);
    }

    internal static void CheckPdptrs(List<string> broken, in KvmSregs2 sregs)
    {
        if ((sregs.Flags & ~KvmSregs2Flags.PdptrsValid) != 0)
            broken.Add($"The flags 0x{(ulong)(sregs.Flags & ~KvmSregs2Flags.PdptrsValid):X} of kvm_sregs2 are not defined.");
        var isPae = Has(sregs.Cr0, PG) && Has(sregs.Cr4, PAE) && !Has(sregs.Efer, LME);
        if ((sregs.Flags & KvmSregs2Flags.PdptrsValid) != 0 && !isPae)
        {
            broken.Add(
                "The flag PdptrsValid of kvm_sregs2 is set without PAE paging: that takes CR0.PG (bit 31) and CR4.PAE (bit 5) 1 and "
                    + "EFER.LME (bit 8) 0."
            );
        }
    }

    private static void CheckCr0(List<string> broken, ulong cr0)
    {
        for (var high = cr0 >> 32 << 32; high != 0; high &= high - 1)
            broken.Add($"Bit {BitOperations.TrailingZeroCount(high)} of CR0 is 1, and bits 63:32 are reserved.");
        if (Has(cr0, NW) && !Has(cr0, CD))
            broken.Add("CR0.NW (bit 29) is 1 and CR0.CD (bit 30) is 0: not write-through takes disabled caches.");
        if (Has(cr0, PG) && !Has(cr0, PE))
            broken.Add("CR0.PG (bit 31) is 1 and CR0.PE (bit 0) is 0: paging takes protected mode.");
    }

    private static void CheckCr4(List<string> broken, CpuidBuilder cpuid, ulong cr4)
    {
        for (var left = cr4 & ~FreeCr4Bits; left != 0; left &= left - 1)
        {
            var bit = BitOperations.TrailingZeroCount(left);
            var name = RefusalReasons.Bit("CR4", bit < Cr4Bits.Names.Length ? Cr4Bits.Names[bit] : null, bit);
            var known = System.Array.FindIndex(s_cr4Features, feature => feature.Bit == bit);
            if (known < 0)
            {
                broken.Add($"{Capitalized(name)} is 1, and KVM offers it to no guest.");
                continue;
            }
            var (_, feature, alternative) = s_cr4Features[known];
            if (!cpuid[feature] && !cpuid[alternative])
                broken.Add(
                    $"{name} is 1, and the vCPU's CPUID does not have {feature}{(feature == alternative ? "" : $" or {alternative}")}."
                );
        }
    }

    private static void CheckLongMode(List<string> broken, in RefusableSregs sregs, int width)
    {
        if (!(Has(sregs.Efer, LME) && Has(sregs.Cr0, PG)))
        {
            var mode = $"CR0.PG (bit 31) is {(Has(sregs.Cr0, PG) ? 1 : 0)} and EFER.LME (bit 8) is {(Has(sregs.Efer, LME) ? 1 : 0)}";
            if (Has(sregs.Efer, LMA))
                broken.Add($"EFER.LMA (bit 10) is 1, but {mode}: long mode is active with both only.");
            if (sregs.IsCodeSegment64)
                broken.Add($"CS.L is 1, but {mode}: 64-bit code takes long mode.");
            return;
        }
        if (!Has(sregs.Efer, LMA))
            broken.Add("EFER.LMA (bit 10) is 0, but CR0.PG (bit 31) and EFER.LME (bit 8) are 1: long mode is active then.");
        if (!Has(sregs.Cr4, PAE))
            broken.Add("CR4.PAE (bit 5) is 0, but CR0.PG (bit 31) and EFER.LME (bit 8) are 1: long mode takes PAE.");
        for (var beyond = sregs.Cr3 >> width << width; beyond != 0; beyond &= beyond - 1)
        {
            broken.Add(
                $"Bit {BitOperations.TrailingZeroCount(beyond)} of CR3 is 1, and by the vCPU's CPUID (leaf 0x{AddressSizesLeaf:X}, EAX) physical "
                    + $"addresses have {width} bits."
            );
        }
    }

    private static void CheckApicBase(List<string> broken, CpuidBuilder cpuid, ulong apicBase, int width)
    {
        for (var reserved = apicBase & AlwaysReservedInApicBase; reserved != 0; reserved &= reserved - 1)
            broken.Add($"Bit {BitOperations.TrailingZeroCount(reserved)} of the APIC base is 1, and it is reserved.");
        for (var beyond = apicBase >> width << width; beyond != 0; beyond &= beyond - 1)
        {
            broken.Add(
                $"Bit {BitOperations.TrailingZeroCount(beyond)} of the APIC base is 1, and by the vCPU's CPUID (leaf 0x{AddressSizesLeaf:X}, EAX) "
                    + $"physical addresses have {width} bits."
            );
        }
        if (!Has(apicBase, ExtendedApic))
            return;
        if (!cpuid[CpuidFeature.X2Apic])
            broken.Add($"EXTD (bit 10) of the APIC base is 1, and the vCPU's CPUID does not have {nameof(CpuidFeature.X2Apic)}.");
        if (!Has(apicBase, ApicEnabled))
            broken.Add("EXTD (bit 10) of the APIC base is 1 and EN (bit 11) is 0: x2APIC mode takes an enabled APIC.");
    }

    private static int AddressWidth(CpuidBuilder cpuid) =>
        cpuid.TryFind(AddressSizesLeaf, 0, out var entry) ? (int)(entry.Eax & 0xFF) : DefaultAddressWidth;

    private static bool Has(ulong value, int bit) => (value >> bit & 1) != 0;

    private static string Capitalized(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
