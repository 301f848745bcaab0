using System.Collections.Generic;

namespace VmcsGen.Vmx.Fuzz;

/// <summary>A register that a VM entry, or the VM exit that follows it, loads.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Msr">Its index, if it is an MSR.</param>
/// <param name="Control">Which one, if it is a control register.</param>
/// <param name="Before">What it is to hold before, where not every case gives it a value.</param>
public sealed record EntryRegister(string Name, uint Msr, ControlRegister Control, ulong? Before)
{
    private const ulong ResetPat = 0x0007_0406_0007_0406;

    /// <summary>MSRs that VM entries load from their area, and VM exits leave unless theirs has them.</summary>
    public static IReadOnlyList<EntryRegister> OfAreas { get; } =
    [
        OfMsr("IA32_STAR", 0xC000_0081, 0),
        OfMsr("IA32_LSTAR", 0xC000_0082, 0),
        OfMsr("IA32_CSTAR", 0xC000_0083, 0),
        OfMsr("IA32_FMASK", 0xC000_0084, 0),
        OfMsr("IA32_KERNEL_GS_BASE", 0xC000_0102, 0),
        OfMsr("IA32_TSC_AUX", 0xC000_0103, 0),
    ];

    /// <summary>What VM exits load from the host-state area, those of VM entries that fail after its checks too (SDM 3C 27.8 and 28.5).</summary>
    public static IReadOnlyList<EntryRegister> OfHost { get; } =
    [
        new("CR0", 0, ControlRegister.Cr0, null),
        new("CR3", 0, ControlRegister.Cr3, null),
        new("CR4", 0, ControlRegister.Cr4, null),
        OfMsr("IA32_SYSENTER_CS", 0x174),
        OfMsr("IA32_SYSENTER_ESP", 0x175),
        OfMsr("IA32_SYSENTER_EIP", 0x176),
        OfMsr("IA32_DEBUGCTL", 0x1D9),
        OfMsr("IA32_PAT", 0x277, ResetPat),
        OfMsr("IA32_EFER", 0xC000_0080),
        OfMsr("IA32_FS_BASE", 0xC000_0100),
        OfMsr("IA32_GS_BASE", 0xC000_0101),
    ];

    /// <summary>Whether it is an MSR.</summary>
    public bool IsMsr => Msr != 0;

    private static EntryRegister OfMsr(string name, uint index, ulong? before = null) => new(name, index, default, before);
}
