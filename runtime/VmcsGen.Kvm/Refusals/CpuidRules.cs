using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace VmcsGen.Kvm;

/// <summary>What KVM_SET_CPUID2 demands. Source: Documentation/virt/kvm/api.rst 4.46 and 9.1.</summary>
internal static class CpuidRules
{
    private const uint AddressSizesLeaf = 0x8000_0008;

    internal static void Check(List<string> broken, ReadOnlySpan<KvmCpuidEntry2> entries, CpuidBuilder present)
    {
        foreach (KvmCpuidEntry2 entry in entries)
        {
            if (entry.Function != AddressSizesLeaf)
                continue;
            uint width = entry.Eax >> 8 & 0xFF;
            if (width is not (0 or 48 or 57))
                broken.Add($"Leaf 0x{AddressSizesLeaf:X} gives linear addresses {width} bits (EAX 15:8), and KVM takes 48, 57 or 0.");
            break;
        }
        if (broken.Count != 0)
            return;
        ReadOnlySpan<KvmCpuidEntry2> before = CollectionsMarshal.AsSpan([.. present.Entries]);
        if (FirstDifference(entries, before) is { } leaf)
        {
            broken.Add(
                $"Leaf 0x{leaf:X} differs from what the vCPU has (KVM_GET_CPUID2). Once it has run, CPUID cannot be changed: set it before "
                    + "the first Run."
            );
        }
    }

    private static uint? FirstDifference(ReadOnlySpan<KvmCpuidEntry2> entries, ReadOnlySpan<KvmCpuidEntry2> before)
    {
        for (int i = 0; i < Math.Max(entries.Length, before.Length); i++)
        {
            if (i >= entries.Length)
                return before[i].Function;
            if (i >= before.Length || !IsSame(entries[i], before[i]))
                return entries[i].Function;
        }
        return null;
    }

    // But for what KVM keeps up to date itself: OSXSAVE, MONITOR and OSPKE, and the sizes of XSAVE areas.
    private static bool IsSame(in KvmCpuidEntry2 one, in KvmCpuidEntry2 other)
    {
        (uint ebx, uint ecx) = one.Function switch
        {
            1 => (0u, 1u << 27 | 1u << 3),
            7 => (0u, 1u << 4),
            0xD => (uint.MaxValue, 0u),
            _ => (0u, 0u),
        };
        return (one.Function, one.Index, one.Flags, one.Eax, one.Ebx & ~ebx, one.Ecx & ~ecx, one.Edx)
            == (other.Function, other.Index, other.Flags, other.Eax, other.Ebx & ~ebx, other.Ecx & ~ecx, other.Edx);
    }
}
