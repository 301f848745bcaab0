using System;
using System.Collections.Generic;

namespace VmcsGen.Kvm;

/// <summary>
/// Makes the ranges of a filter from single MSRs, wherever they lie: as few ranges as cover them, each as long as it may be.
/// What <see cref="KvmVm.X86SetMsrFilter"/> takes. Source: Documentation/virt/kvm/api.rst 4.97.
/// </summary>
public static class KvmMsrRanges
{
    /// <summary>Ranges that deny these MSRs and allow those between them: for a filter that allows by default.</summary>
    /// <param name="access">The kinds of access that are denied.</param>
    /// <param name="msrs">The MSRs, in any order.</param>
    public static KvmMsrRange[] Deny(KvmMsrFilterRangeFlags access, params ReadOnlySpan<uint> msrs) =>
        Cover(access, msrs, isAllowed: false);

    /// <summary>Ranges that allow these MSRs and deny those between them: for a filter that denies by default.</summary>
    /// <param name="access">The kinds of access that are allowed.</param>
    /// <param name="msrs">The MSRs, in any order.</param>
    public static KvmMsrRange[] Allow(KvmMsrFilterRangeFlags access, params ReadOnlySpan<uint> msrs) =>
        Cover(access, msrs, isAllowed: true);

    private static KvmMsrRange[] Cover(KvmMsrFilterRangeFlags access, ReadOnlySpan<uint> msrs, bool isAllowed)
    {
        uint[] sorted = msrs.ToArray();
        Array.Sort(sorted);
        List<KvmMsrRange> ranges = [];
        for (int start = 0, end; start < sorted.Length; start = end)
        {
            for (end = start; end < sorted.Length && sorted[end] - sorted[start] < KvmMsrRange.MaxCount; )
                end++;
            ranges.Add(Cover(access, sorted.AsSpan(start, end - start), isAllowed));
        }
        return [.. ranges];

        static KvmMsrRange Cover(KvmMsrFilterRangeFlags access, ReadOnlySpan<uint> msrs, bool isAllowed)
        {
            int count = (int)(msrs[^1] - msrs[0]) + 1;
            byte[] allowed = new byte[(count + 7) / 8];
            allowed.AsSpan().Fill(isAllowed ? (byte)0 : byte.MaxValue);
            foreach (uint msr in msrs)
            {
                uint bit = msr - msrs[0];
                byte mask = (byte)(1 << (int)(bit % 8));
                allowed[bit / 8] = (byte)(isAllowed ? allowed[bit / 8] | mask : allowed[bit / 8] & ~mask);
            }
            return new KvmMsrRange(msrs[0], count, allowed, access);
        }
    }
}
