using System.Runtime.Intrinsics.X86;

namespace VmcsGen.Kvm;

/// <summary>
/// What KVM_SET_USER_MEMORY_REGION demands of addresses; KVM_SET_USER_MEMORY_REGION2 has the same members first. Source: SDM 2A,
/// CPUID leaf 0x80000008; Documentation/virt/kvm/api.rst 4.35.
/// </summary>
internal static unsafe class RegionRules
{
    private const int AddressSizesLeaf = unchecked((int)0x8000_0008);
    private const int WidestAddresses = 52; // What a page-table entry holds; KVM takes so many where it uses neither EPT nor NPT.

    internal static string? Find(KvmUserspaceMemoryRegion* region)
    {
        if (!X86Base.IsSupported)
            return null;
        int width = X86Base.CpuId(AddressSizesLeaf, 0).Eax & 0xFF;
        return Find(region->GuestPhysAddr, region->MemorySize, WidestAddresses) ?? Find(region->GuestPhysAddr, region->MemorySize, width);
    }

    internal static string? Find(ulong address, ulong size, int width)
    {
        if (size == 0 || width is 0 or >= 64 || (address + (size - 1)) >> width == 0)
            return null;
        string owner = width == WidestAddresses ? "x86" : "this host's";
        return $"The range ends at 0x{address + (size - 1):X}, and {owner} physical addresses have {width} bits: guest memory must lie "
            + $"below 0x{1UL << width:X}.";
    }
}
