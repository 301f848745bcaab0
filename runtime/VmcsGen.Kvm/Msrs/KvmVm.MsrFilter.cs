using System;
using System.Runtime.CompilerServices;

namespace VmcsGen.Kvm;

public sealed unsafe partial class KvmVm
{
    /// <summary>
    /// Replaces the filter that decides which MSRs the guest may read and write. An access that is denied faults, or ends Run
    /// with X86Rdmsr or X86Wrmsr if KVM_CAP_X86_USER_SPACE_MSR is enabled for the reason Filter. The MSRs of the x2APIC, 0x800
    /// to 0x8FF, cannot be filtered.
    /// </summary>
    /// <remarks>Announced by KVM_CAP_X86_MSR_FILTER. Since Linux 5.10. Source: Documentation/virt/kvm/api.rst 4.97.</remarks>
    /// <param name="flags">What happens to the MSRs that no range covers.</param>
    /// <param name="ranges">
    /// Up to 16 ranges; the first that covers an access decides it. Without ranges, and with DefaultAllow, nothing is filtered.
    /// </param>
    /// <exception cref="ArgumentException">There are more than 16 ranges, or a range is null.</exception>
    /// <exception cref="KvmException">The kernel refused; <see cref="KvmIoctl.KVM_X86_SET_MSR_FILTER"/> tells the reasons.</exception>
    [NativeName("KVM_X86_SET_MSR_FILTER")]
    public void X86SetMsrFilter(KvmMsrFilterFlags flags, params ReadOnlySpan<KvmMsrRange> ranges)
    {
        KvmMsrFilter filter = new() { Flags = flags };
        Span<KvmMsrFilterRange> native = filter.Ranges;
        if (ranges.Length > native.Length)
            throw new ArgumentException($"An MSR filter has {native.Length} ranges at most, not {ranges.Length}.", nameof(ranges));

        var length = 0;
        foreach (var range in ranges)
            length += range is null ? throw new ArgumentException("A range is null.", nameof(ranges)) : range.Words.Length;
        var bitmaps = GC.AllocateUninitializedArray<ulong>(length, pinned: true);

        var used = 0;
        for (var i = 0; i < ranges.Length; i++)
        {
            var range = ranges[i];
            range.Words.CopyTo(bitmaps.AsSpan(used));
            native[i] = new KvmMsrFilterRange
            {
                Flags = range.Access,
                Nmsrs = (uint)range.Count,
                Base = range.First,
                Bitmap = (nuint)Unsafe.AsPointer(ref bitmaps[used]),
            };
            used += range.Words.Length;
        }
        Ioctl(KvmIoctl.KVM_X86_SET_MSR_FILTER, &filter);
        GC.KeepAlive(bitmaps);
    }
}
