using System;
using System.Collections.Generic;
using VmcsGen.Vmx.Structures;

namespace VmcsGen.Vmx.Entry;

/// <summary>
/// What VM entry depends on besides the VMCS and the capability MSRs: the processor's CPUID, its state when VMLAUNCH is executed, and
/// memory. <see cref="Of"/> asks a processor for it.
/// </summary>
public sealed record VmEntryContext
{
    /// <summary>The physical-address width in bits: CPUID leaf 80000008H, EAX bits 7:0.</summary>
    public required int PhysicalAddressWidth { get; init; }

    /// <summary>The linear-address width in bits: CPUID leaf 80000008H, EAX bits 15:8; 32 on a processor without Intel 64.</summary>
    public int LinearAddressWidth { get; init; } = 48;

    /// <summary>The value of IA32_EFER; LMA says whether VMLAUNCH is executed in IA-32e mode. By default it is.</summary>
    public ulong Ia32Efer { get; init; } = RegisterBits.EferLme | RegisterBits.EferLma;

    /// <summary>
    /// Memory; without it, rules on what addresses refer to cannot be decided. Where it has none, all ones are read, as on PC platforms.
    /// </summary>
    public IPhysicalMemory? Memory { get; init; }

    /// <summary>Address of the current VMCS; without it, the VMCS link pointer is not compared with it.</summary>
    public ulong? CurrentVmcs { get; init; }

    /// <summary>Whether the processor is in SMM.</summary>
    public bool IsInSmm { get; init; }

    /// <summary>Whether MOV SS or POP SS was executed right before, which blocks events.</summary>
    public bool IsBlockedByMovSs { get; init; }

    /// <summary>Whether Intel PT is tracing: IA32_RTIT_CTL.TraceEn.</summary>
    public bool IsTracing { get; init; }

    /// <summary>Whether the processor has RTM: CPUID leaf 7, EBX bit 11.</summary>
    public bool SupportsRtm { get; init; }

    /// <summary>Whether the processor has SGX: CPUID leaf 7, EBX bit 2.</summary>
    public bool SupportsSgx { get; init; }

    /// <summary>Whether the processor has OS bus-lock detection: CPUID leaf 7, ECX bit 24.</summary>
    public bool SupportsBusLockDetection { get; init; }

    /// <summary>Whether the processor has linear-address masking, with two more bits in CR3: CPUID leaf 7, subleaf 1, EAX bit 26.</summary>
    public bool SupportsLinearAddressMasking { get; init; }

    /// <summary>
    /// Whether the processor refuses to inject an NMI while STI blocks interrupts. Some do and some do not (SDM 3C 27.3.1.5).
    /// </summary>
    public bool RefusesNmiBlockedBySti { get; init; } = true;

    /// <summary>Bits of IA32_EFER that are not reserved. By default SCE, LME, LMA and NXE.</summary>
    public ulong Ia32EferBits { get; init; } = WritableMsrBits.Ia32Efer;

    /// <summary>Bits of IA32_DEBUGCTL that are not reserved. By default all that the SDM names.</summary>
    public ulong Ia32DebugctlBits { get; init; } = WritableMsrBits.Ia32Debugctl;

    /// <summary>Bits of IA32_PERF_GLOBAL_CTRL that are not reserved. By default unknown: all.</summary>
    public ulong Ia32PerfGlobalCtrlBits { get; init; } = ulong.MaxValue;

    /// <summary>Bits of IA32_RTIT_CTL that are not reserved. By default unknown: all.</summary>
    public ulong Ia32RtitCtlBits { get; init; } = ulong.MaxValue;

    /// <summary>Bits of IA32_LBR_CTL that are not reserved. By default all that the SDM names.</summary>
    public ulong Ia32LbrCtlBits { get; init; } = WritableMsrBits.Ia32LbrCtl;

    /// <summary>Bits of IA32_SPEC_CTRL that are not reserved. By default unknown: all.</summary>
    public ulong Ia32SpecCtrlBits { get; init; } = ulong.MaxValue;

    /// <summary>Bits of IA32_S_CET that are not reserved. By default all but 9:6.</summary>
    public ulong Ia32SCetBits { get; init; } = WritableMsrBits.Ia32SCet;

    /// <summary>MSRs that this processor does not load on VM entry for reasons of its own. By default those of microcode updates.</summary>
    public IReadOnlyCollection<uint> MsrsNotLoaded { get; init; } = MsrAreaEntry.MicrocodeMsrs;

    /// <summary>
    /// Whether WRMSR at CPL 0 takes a value, for the VM-entry MSR-load area. By default values are checked of the MSRs that all
    /// processors have alike, and those of others are taken. That IA32_EFER.LME cannot change in a guest with paging is checked besides.
    /// </summary>
    public Func<uint, ulong, bool>? CanWriteMsr { get; init; }

    /// <summary>
    /// Whether the processor has an MSR that RDMSR reads, for the VM-entry MSR-load area. By default unknown: all exist. Those that can
    /// only be written are not asked about.
    /// </summary>
    public Func<uint, bool>? HasMsr { get; init; }

    /// <summary>Fields of the caller's own specs, whose checks are done as well: the <c>All</c> of their generated class.</summary>
    public IReadOnlyList<VmcsFieldInfo> OwnFields { get; init; } = [];

    /// <summary>Asks a processor, which is in VMX operation with a current VMCS.</summary>
    /// <param name="processor">The processor.</param>
    public static VmEntryContext Of(IVmxProcessor processor)
    {
        ArgumentNullException.ThrowIfNull(processor);
        return processor is IVmEntryContextSource source ? source.EntryContext : Ask(processor);
    }

    /// <summary>What can be learnt of any processor by its instructions.</summary>
    internal static VmEntryContext Ask(IVmxProcessor processor) => Ask(processor, VmEntryMsrs.Of(processor));

    /// <summary>As <see cref="Ask(IVmxProcessor)"/>, where the MSRs are known already.</summary>
    internal static VmEntryContext Ask(IVmxProcessor processor, in VmEntryMsrs msrs)
    {
        ReadOnlySpan<(uint, uint)> leaves =
        [
            (0, 0),
            (1, 0),
            (7, 0),
            (7, 1),
            (0xA, 0),
            (0x8000_0000, 0),
            (0x8000_0001, 0),
            (0x8000_0008, 0),
        ];
        var values = new CpuidValues[leaves.Length];
        processor.Cpuid(leaves, values);
        var known = new CpuidLeaves(leaves, values);
        var addresses = known.LeafOr0(0x8000_0008).Eax;
        var features = known.LeafOr0(7);
        var moreFeatures = features.Eax >= 1 ? known.LeafOr0(7, 1) : default;
        var extended = known.LeafOr0(0x8000_0001).Edx;
        var isRunning = processor.Vmptrst(out var current).IsSuccess && current != ulong.MaxValue;
        return new VmEntryContext
        {
            PhysicalAddressWidth = (addresses & 0xFF) is var width and not 0 ? (int)width : 36,
            LinearAddressWidth = (addresses >> 8 & 0xFF) is var linear and not 0 ? (int)linear : 32,
            Ia32Efer = msrs.Ia32Efer,
            Memory = processor.Memory,
            CurrentVmcs = isRunning ? current : null,
            IsTracing = (features.Ebx & 1u << 25) != 0 && (msrs.Ia32RtitCtl & 1) != 0,
            SupportsRtm = (features.Ebx & 1u << 11) != 0,
            SupportsSgx = (features.Ebx & 1u << 2) != 0,
            SupportsBusLockDetection = (features.Ecx & 1u << 24) != 0,
            HasMsr = index => processor.TryReadMsr(index, out _),
            SupportsLinearAddressMasking = (moreFeatures.Eax & 1u << 26) != 0,
            Ia32EferBits = RegisterBits.EferLme | RegisterBits.EferLma | 1 | ((extended & 1u << 20) != 0 ? 1UL << 11 : 0),
            // SDM 4, table 2-2: bit 48 enables the performance metrics that IA32_PERF_CAPABILITIES[15] announces, an MSR that CPUID leaf 1,
            // ECX bit 15 announces.
            Ia32PerfGlobalCtrlBits = CounterBits(
                known.LeafOr0(0xA),
                (known.LeafOr0(1).Ecx & 1u << 15) != 0 && (msrs.Ia32PerfCapabilities & 1 << 15) != 0
            ),
        };
    }

    // SDM 3B 20.2.2: IA32_PERF_GLOBAL_CTRL has a bit for each counter, from version 2 of the monitoring on.
    private static ulong CounterBits(CpuidValues leaf, bool hasPerformanceMetrics)
    {
        if ((leaf.Eax & 0xFF) < 2)
            return ulong.MaxValue;
        var general = (1UL << (int)Math.Min(leaf.Eax >> 8 & 0xFF, 32)) - 1;
        var @fixed = leaf.Ecx | ((1UL << (int)(leaf.Edx & 0x1F)) - 1);
        return general | @fixed << 32 | (hasPerformanceMetrics ? 1UL << 48 : 0);
    }

    // A leaf beyond the last one has the last one's values (SDM 2A, CPUID), which mean nothing.
    private readonly ref struct CpuidLeaves(ReadOnlySpan<(uint Leaf, uint Subleaf)> leaves, ReadOnlySpan<CpuidValues> values)
    {
        private readonly ReadOnlySpan<(uint Leaf, uint Subleaf)> _leaves = leaves;
        private readonly ReadOnlySpan<CpuidValues> _values = values;

        internal CpuidValues LeafOr0(uint leaf, uint subleaf = 0) => Of(leaf & 0x8000_0000, 0).Eax >= leaf ? Of(leaf, subleaf) : default;

        private CpuidValues Of(uint leaf, uint subleaf) => _values[_leaves.IndexOf((leaf, subleaf))];
    }
}
