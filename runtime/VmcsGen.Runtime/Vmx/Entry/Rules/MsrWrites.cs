using System;
using System.Collections.Generic;

namespace VmcsGen.Vmx;

/// <summary>Which values WRMSR takes for MSRs that are alike on all processors (SDM 4, table 2-2).</summary>
internal static class MsrWrites
{
    private const uint Ia32FeatureControl = 0x3A;
    private const uint Ia32SysenterEsp = 0x175;
    private const uint Ia32SysenterEip = 0x176;
    private const uint Ia32Debugctl = 0x1D9;
    private const uint Ia32Pat = 0x277;
    private const uint FirstVmxCapability = 0x480;
    private const uint LastVmxCapability = 0x493;
    private const uint Ia32Efer = 0xC000_0080;
    private const uint Ia32Lstar = 0xC000_0082;
    private const uint Ia32Cstar = 0xC000_0083;
    private const uint Ia32Fmask = 0xC000_0084;
    private const uint Ia32KernelGsBase = 0xC000_0102;
    private const uint Ia32TscAux = 0xC000_0103;

    /// <summary>IA32_BIOS_UPDT_TRIG and IA32_BIOS_SIGN_ID, which common processors do not load on VM entries and VM exits.</summary>
    internal static IReadOnlyCollection<uint> MicrocodeMsrs { get; } = [0x79, 0x8B];

    // RDMSR of them raises #GP although they exist: IA32_PRED_CMD, IA32_BIOS_UPDT_TRIG, IA32_FLUSH_CMD (SDM 4, table 2-2).
    private static readonly uint[] s_writeOnly = [0x49, 0x79, 0x10B];

    internal static bool Exists(VmEntryState state, uint msr) =>
        state.Context.HasMsr is not { } has || Array.IndexOf(s_writeOnly, msr) >= 0 || has(msr);

    internal static bool Takes(VmEntryState state, uint msr, ulong value) =>
        (msr != Ia32Efer || KeepsLme(state, value))
        && (state.Context.CanWriteMsr is { } canWrite ? canWrite(msr, value) : TakenByAll(state, msr, value));

    private static bool TakenByAll(VmEntryState state, uint msr, ulong value) =>
        msr switch
        {
            Ia32SysenterEsp or Ia32SysenterEip or Ia32Lstar or Ia32Cstar or Ia32KernelGsBase => state.IsCanonical(value),
            Ia32Fmask or Ia32TscAux => value >> 32 == 0,
            Ia32Pat => FieldRules.AreMemoryTypes(value),
            Ia32Debugctl => (value & ~state.Context.Ia32DebugctlBits) == 0,
            Ia32Efer => (value & ~state.Context.Ia32EferBits) == 0,
            // SDM 3C 24.7: VMXON needs it locked.
            Ia32FeatureControl => false,
            >= FirstVmxCapability and <= LastVmxCapability => false,
            _ => true,
        };

    // SDM 3C 27.4: with paging, LME cannot change from what VM entry has just established.
    private static bool KeepsLme(VmEntryState state, ulong value)
    {
        if ((state.Vmcs.GuestCr0 & RegisterBits.Cr0Pg) == 0)
            return true;
        var lme = state.Entry.LoadIa32Efer ? (state.Vmcs.GuestIa32Efer & RegisterBits.EferLme) != 0 : state.Entry.Ia32eModeGuest;
        return (value & RegisterBits.EferLme) != 0 == lme;
    }
}
