namespace VmcsGen.Kvm;

/// <summary>The pieces that the state of a vCPU and of a VM consists of. The numbers are those of the snapshot format.</summary>
public enum StatePart
{
    /// <summary>What CPUID answers.</summary>
    Cpuid = 1,

    /// <summary>The frequency of the time-stamp counter.</summary>
    TscFrequency = 2,

    /// <summary>General-purpose registers.</summary>
    Regs = 3,

    /// <summary>Segment, control and system registers.</summary>
    Sregs = 4,

    /// <summary>Extended control registers.</summary>
    Xcrs = 5,

    /// <summary>Extended processor state: x87, SSE, AVX and later.</summary>
    Xsave = 6,

    /// <summary>The x87 and SSE registers, where there is no XSAVE.</summary>
    Fpu = 7,

    /// <summary>Debug registers.</summary>
    DebugRegs = 8,

    /// <summary>The local APIC in the kernel.</summary>
    Lapic = 9,

    /// <summary>A model-specific register.</summary>
    Msr = 10,

    /// <summary>Pending exceptions, interrupts, NMIs and SMIs.</summary>
    Events = 11,

    /// <summary>The multiprocessing state: running, halted, waiting for SIPI.</summary>
    MultiprocessingState = 12,

    /// <summary>Nested-virtualization state.</summary>
    NestedState = 13,

    /// <summary>The PICs and the I/O APIC in the kernel.</summary>
    Irqchips = 14,

    /// <summary>The i8254 timer in the kernel.</summary>
    Pit = 15,

    /// <summary>kvmclock.</summary>
    Clock = 16,
}
