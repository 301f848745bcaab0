using System;
using VmcsGen.X86;

namespace VmcsGen.Vmx.Entry;

/// <summary>The MSRs, besides those of capabilities, whose values tell what VM entry depends on.</summary>
/// <param name="Ia32Efer">The value of IA32_EFER.</param>
/// <param name="Ia32RtitCtl">The value of IA32_RTIT_CTL; 0 if there is no such MSR.</param>
/// <param name="Ia32PerfCapabilities">The value of IA32_PERF_CAPABILITIES; 0 if there is no such MSR.</param>
internal readonly record struct VmEntryMsrs(ulong Ia32Efer, ulong Ia32RtitCtl, ulong Ia32PerfCapabilities)
{
    /// <summary>Asks a processor.</summary>
    internal static VmEntryMsrs Of(IVmxProcessor processor)
    {
        ReadOnlySpan<uint> msrs = [(uint)X86Msr.Ia32Efer, (uint)X86Msr.Ia32RtitCtl, (uint)X86Msr.Ia32PerfCapabilities];
        Span<ulong> values = stackalloc ulong[msrs.Length];
        Span<bool> exist = stackalloc bool[msrs.Length];
        processor.TryReadMsrs(msrs, values, exist);
        return new VmEntryMsrs(values[0], values[1], values[2]);
    }
}
