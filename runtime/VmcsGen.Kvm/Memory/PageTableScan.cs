using System;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

/// <summary>
/// The ioctl PAGEMAP_SCAN of <c>/proc/self/pagemap</c>, which steps over what is not in the page tables. Since Linux 6.7. Source:
/// Documentation/admin-guide/mm/pagemap.rst; include/uapi/linux/fs.h.
/// </summary>
internal static unsafe class PageTableScan
{
    private const uint PAGEMAP_SCAN = 0xC060_6610;

    // PAGE_IS_…
    private const ulong File = 1 << 2;
    private const ulong Present = 1 << 3;
    private const ulong Swapped = 1 << 4;
    private const ulong PfnZero = 1 << 5;

    /// <summary>Finds pages that are in the page tables, or swapped out, and are not the kernel's page of zeros.</summary>
    /// <param name="pagemap">The open file.</param>
    /// <param name="start">The first address; afterwards the one from which to go on.</param>
    /// <param name="end">Behind the last address.</param>
    /// <param name="leavesOutFiles">Whether pages of files and of shared memory are left out.</param>
    /// <param name="regions">Receives addresses.</param>
    /// <returns>How many; negative if this kernel has no such ioctl.</returns>
    internal static int Read(SafeFileHandle pagemap, ref ulong start, ulong end, bool leavesOutFiles, Span<Region> regions)
    {
        var unwanted = PfnZero | (leavesOutFiles ? File : 0);
        fixed (Region* vector = regions)
        {
            Argument argument = new()
            {
                Size = (ulong)sizeof(Argument),
                Start = start,
                End = end,
                Vector = (ulong)vector,
                VectorLength = (ulong)regions.Length,
                CategoryInverted = unwanted,
                CategoryMask = unwanted,
                CategoryAnyOf = Present | Swapped,
                ReturnMask = Present | Swapped,
            };
            using var held = new HeldDescriptor(pagemap);
            var count = Libc.Ioctl(held.Number, PAGEMAP_SCAN, (nuint)(&argument));
            if (count >= 0)
                start = argument.WalkEnd;
            return count;
        }
    }

    /// <summary><c>struct page_region</c>.</summary>
    internal readonly record struct Region(ulong Start, ulong End, ulong Categories);

    /// <summary><c>struct pm_scan_arg</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Argument
    {
        internal ulong Size;
        internal ulong Flags;
        internal ulong Start;
        internal ulong End;
        internal ulong WalkEnd;
        internal ulong Vector;
        internal ulong VectorLength;
        internal ulong MaxPages;
        internal ulong CategoryInverted;
        internal ulong CategoryMask;
        internal ulong CategoryAnyOf;
        internal ulong ReturnMask;
    }
}
