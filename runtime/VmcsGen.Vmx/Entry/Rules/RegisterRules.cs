namespace VmcsGen.Vmx.Entry;

/// <summary>What rules on registers of host and guest share.</summary>
internal static class RegisterRules
{
    /// <summary>Bits of CR0 or CR4 that are fixed in VMX operation (SDM 3D A.7 and A.8).</summary>
    internal static void CheckFixedBits(VmEntryState state, VmcsField field, VmxFixedBits @fixed, string register, ulong exempt)
    {
        var value = state.Vmcs.Access.Read(field);
        var missing = @fixed.Fixed0 & ~value & ~exempt;
        var excess = value & ~@fixed.Fixed1 & ~exempt;
        if ((missing | excess) == 0)
            return;
        var finding = $"By IA32_VMX_{register}_FIXED0 and _FIXED1, ";
        if (missing != 0)
            finding += $"{RegisterBits.Name(missing)} must be 1";
        if (missing != 0 && excess != 0)
            finding += " and ";
        if (excess != 0)
            finding += $"{RegisterBits.Name(excess)} must be 0";
        finding += $" in {register}.";
        state.Violate(finding, $"Write 0x{(value | missing) & ~excess:X} to {VmcsFields.NameOf(field)}.", field);
    }

    internal static void CheckCet(VmEntryState state, VmcsField cr4, VmcsField cr0)
    {
        if ((state.Vmcs.Access.Read(cr4) & RegisterBits.Cr4Cet) != 0 && (state.Vmcs.Access.Read(cr0) & RegisterBits.Cr0Wp) == 0)
            state.Violate("CR4.CET (bit 23) is 1 although CR0.WP (bit 16) is 0.", "Set CR0.WP, or clear CR4.CET.", cr4, cr0);
    }

    /// <summary>Bits of CR3 beyond the physical-address width, but for those of linear-address masking.</summary>
    internal static void CheckCr3(VmEntryState state, VmcsField field)
    {
        var reserved = state.BeyondPhysicalWidth & ~(state.Context.SupportsLinearAddressMasking ? RegisterBits.Cr3LinearAddressMasking : 0);
        if (state.SupportsIntel64 && (state.Vmcs.Access.Read(field) & reserved) is var bits and not 0)
        {
            state.Violate(
                $"{RegisterBits.Name(bits)} of CR3 must be 0: the physical-address width is {state.Context.PhysicalAddressWidth} bits.",
                "Clear them.",
                field
            );
        }
    }

    /// <summary>Bits that an MSR reserves, in a field that VM entry or VM exit loads into it.</summary>
    internal static void CheckReserved(VmEntryState state, bool isLoaded, VmcsField field, ulong bits)
    {
        if (isLoaded && (state.Vmcs.Access.Read(field) & ~bits) is var reserved and not 0)
            state.Violate($"{RegisterBits.Name(reserved)} must be 0: the MSR reserves them on this processor.", "Clear them.", field);
    }

    internal static void CheckSuppressAndTracker(VmEntryState state, bool isLoaded, VmcsField field)
    {
        const ulong Both = RegisterBits.CetSuppress | RegisterBits.CetTracker;
        if (isLoaded && (state.Vmcs.Access.Read(field) & Both) == Both)
            state.Violate("SUPPRESS (bit 10) and TRACKER (bit 11) of IA32_S_CET are both 1.", "Clear one of them.", field);
    }
}
