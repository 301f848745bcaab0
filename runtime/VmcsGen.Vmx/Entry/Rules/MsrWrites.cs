using System;
using VmcsGen.X86;

namespace VmcsGen.Vmx.Entry;

/// <summary>Which values WRMSR takes for MSRs that are alike on all processors: the spec of the MSRs says it (SDM 4, table 2-2).</summary>
internal static class MsrWrites
{
    // RDMSR of them raises #GP although they exist (SDM 4, table 2-2).
    private static readonly X86Msr[] s_writeOnly = [X86Msr.Ia32PredCmd, X86Msr.Ia32BiosUpdtTrig, X86Msr.Ia32FlushCmd];

    internal static bool Exists(VmEntryState state, uint msr) =>
        state.Context.HasMsr is not { } has || Array.IndexOf(s_writeOnly, (X86Msr)msr) >= 0 || has(msr);

    internal static bool Takes(VmEntryState state, uint msr, ulong value) =>
        ((X86Msr)msr != X86Msr.Ia32Efer || KeepsLme(state, value))
        && (state.Context.CanWriteMsr is { } canWrite ? canWrite(msr, value) : TakenByAll(state, msr, value));

    /// <summary>Why WRMSR raises #GP for a value; null if it does not.</summary>
    internal static string? WhyRefused(uint msr, ulong value, int linearAddressWidth)
    {
        var known = (X86Msr)msr;
        var reserved = ~X86MsrValues.WritableBitsOf(known);
        if ((value & reserved) != 0)
            return reserved == 0xFFFF_FFFF_0000_0000 ? "bits 63:32 are reserved" : "reserved bits are set";
        if (X86MsrValues.IsCanonical(known) && !LinearAddresses.IsCanonical(value, linearAddressWidth))
            return "the address is not canonical";
        return X86MsrValues.HoldsMemoryTypes(known) && !FieldRules.AreMemoryTypes(value) ? "a byte is not a memory type of the PAT" : null;
    }

    private static bool TakenByAll(VmEntryState state, uint msr, ulong value) =>
        (X86Msr)msr switch
        {
            // Which bits exist differs, and the context knows it.
            X86Msr.Ia32Debugctl => (value & ~state.Context.Ia32DebugctlBits) == 0,
            X86Msr.Ia32Efer => (value & ~state.Context.Ia32EferBits) == 0,
            // SDM 3C 24.7: VMXON needs it locked.
            _ when (VmxMsr)msr == VmxMsr.Ia32FeatureControl => false,
            _ => VmxMsrValues.WritableBitsOf((VmxMsr)msr) != 0 && WhyRefused(msr, value, state.Context.LinearAddressWidth) is null,
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
