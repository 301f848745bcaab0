using System.Collections.Generic;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>What cases put into the VM-entry MSR-load area.</summary>
public static class LoadedMsrs
{
    /// <summary>
    /// SYSENTER, PAT, STAR, LSTAR, CSTAR, FMASK, KERNEL_GS_BASE, TSC_AUX, EFER, DEBUGCTL; FS and GS base; x2APIC; SMM monitor;
    /// microcode; VMX capabilities; TSC; one that is nowhere.
    /// </summary>
    public static IReadOnlyList<uint> Indices { get; } =
    [
        0x174,
        0x175,
        0x176,
        0x277,
        0xC000_0081,
        0xC000_0082,
        0xC000_0083,
        0xC000_0084,
        0xC000_0102,
        0xC000_0103,
        0xC000_0080,
        0x1D9,
        0xC000_0100,
        0xC000_0101,
        0x800,
        0x8FF,
        0x900,
        0x7FF,
        0x9B,
        0x79,
        0x8B,
        0x480,
        0x48C,
        0x10,
        0x1_2345,
    ];

    /// <summary>Values that some take and some do not. Cases have any others too.</summary>
    public static IReadOnlyList<ulong> Values { get; } =
    [0, 1, 0x500, 0xD01, 0x0007_0406_0007_0406, 0x0207_0406_0007_0406, 1UL << 32, 1UL << 47, 1UL << 48, 0xFFFF_8000_0000_0000];
}
