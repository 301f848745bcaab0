using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using VmcsGen.X86;

namespace VmcsGen.Vmx.Structures;

/// <summary>An entry of an MSR-load or MSR-store area: 16 bytes (SDM 3C 25.7.2).</summary>
/// <param name="index">The MSR's index.</param>
/// <param name="value">The MSR's value.</param>
[StructLayout(LayoutKind.Explicit, Size = 16)]
[NativeName("vmx_msr_entry")]
public struct MsrAreaEntry(uint index, ulong value)
{
    /// <summary>The MSR's index: bits 31:0.</summary>
    [FieldOffset(0)]
    [NativeName("index")]
    public uint Index = index;

    /// <summary>Bits 63:32, which must be 0.</summary>
    [FieldOffset(4)]
    [NativeName("reserved")]
    public uint Reserved;

    /// <summary>The value to load, or the one that was stored: bits 127:64.</summary>
    [FieldOffset(8)]
    [NativeName("value")]
    public ulong Value = value;

    /// <summary>
    /// Whether the architecture lets VM entries and VM exits load this MSR. Not so IA32_FS_BASE and IA32_GS_BASE, which the VMCS
    /// holds, the MSRs of the x2APIC, and IA32_SMM_MONITOR_CTL outside of SMM; microcode MSRs are refused by common processors. A
    /// value that WRMSR refuses fails the transition all the same (SDM 3C 27.4 and 28.6).
    /// </summary>
    public readonly bool IsLoadable => IsLoadableBut(MicrocodeMsrs);

    /// <summary>
    /// Whether the architecture lets VM exits store this MSR. Not so the MSRs of the x2APIC, and IA32_SMBASE outside of SMM. A VM exit
    /// cannot store an MSR either that RDMSR does not read (SDM 3C 28.4).
    /// </summary>
    public readonly bool IsStorable => Reserved == 0 && Index != Ia32Smbase && Index >> 8 != X2ApicMsrs;

    /// <summary>IA32_BIOS_UPDT_TRIG and IA32_BIOS_SIGN_ID, which common processors do not load on VM entries and VM exits.</summary>
    internal static IReadOnlyCollection<uint> MicrocodeMsrs { get; } = [(uint)X86Msr.Ia32BiosUpdtTrig, (uint)X86Msr.Ia32BiosSignId];

    /// <summary>Whether a processor loads this MSR that does not load some for reasons of its own.</summary>
    internal readonly bool IsLoadableBut(IReadOnlyCollection<uint> notLoaded) =>
        Reserved == 0
        && Index is not (Ia32FsBase or Ia32GsBase or Ia32SmmMonitorCtl)
        && Index >> 8 != X2ApicMsrs
        && !notLoaded.Contains(Index);

    private const uint Ia32SmmMonitorCtl = (uint)X86Msr.Ia32SmmMonitorCtl;
    private const uint Ia32Smbase = (uint)X86Msr.Ia32Smbase;
    private const uint X2ApicMsrs = 0x8;
    private const uint Ia32FsBase = (uint)X86Msr.Ia32FsBase;
    private const uint Ia32GsBase = (uint)X86Msr.Ia32GsBase;
}
