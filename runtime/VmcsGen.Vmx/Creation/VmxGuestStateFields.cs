using VmcsGen.Vmx.Entry;

namespace VmcsGen.Vmx.Creation;

/// <summary>Writes the state of a guest into the guest-state area of the current VMCS.</summary>
internal static class VmxGuestStateFields
{
    internal static void Write(VmxGuestState state, IVmcsAccess access, VmxCapabilities capabilities, in VmxControlSet controls)
    {
        WriteControlRegisters(state, access, capabilities, controls);
        Write(access, VmcsField.GuestEsSelector, state.Es);
        Write(access, VmcsField.GuestCsSelector, state.Cs);
        Write(access, VmcsField.GuestSsSelector, state.Ss);
        Write(access, VmcsField.GuestDsSelector, state.Ds);
        Write(access, VmcsField.GuestFsSelector, state.Fs);
        Write(access, VmcsField.GuestGsSelector, state.Gs);
        Write(access, VmcsField.GuestLdtrSelector, state.Ldtr);
        Write(access, VmcsField.GuestTrSelector, state.Tr);
        access.Write(VmcsField.GuestGdtrBase, state.GdtrBase);
        access.Write(VmcsField.GuestGdtrLimit, state.GdtrLimit);
        access.Write(VmcsField.GuestIdtrBase, state.IdtrBase);
        access.Write(VmcsField.GuestIdtrLimit, state.IdtrLimit);
        access.Write(VmcsField.GuestRip, state.Rip);
        access.Write(VmcsField.GuestRsp, state.Rsp);
        access.Write(VmcsField.GuestRflags, state.Rflags);
        access.Write(VmcsField.GuestDr7, 0x400);
        if (controls.VmEntry.LoadIa32Pat)
            access.Write(VmcsField.GuestIa32Pat, state.Pat);
        if (controls.VmEntry.LoadIa32Efer)
            access.Write(VmcsField.GuestIa32Efer, state.Efer);
        // There is none (SDM 3C 25.4.2).
        access.Write(VmcsField.VmcsLinkPointer, ulong.MaxValue);
    }

    private static void WriteControlRegisters(
        VmxGuestState state,
        IVmcsAccess access,
        VmxCapabilities capabilities,
        in VmxControlSet controls
    )
    {
        const ulong ModeBits = RegisterBits.Cr0Pe | RegisterBits.Cr0Pg;
        var cr0 = capabilities.Cr0.Adjust(state.Cr0);
        // SDM 3C 27.3.1.1: unrestricted guests decide on PE and PG.
        if (controls.SecondaryProcessorBased.UnrestrictedGuest)
            cr0 = (cr0 & ~ModeBits) | (state.Cr0 & ModeBits);
        access.Write(VmcsField.GuestCr0, cr0);
        access.Write(VmcsField.GuestCr3, state.Cr3);
        access.Write(VmcsField.GuestCr4, capabilities.Cr4.Adjust(state.Cr4));
        access.Write(VmcsField.Cr0ReadShadow, state.Cr0);
        access.Write(VmcsField.Cr4ReadShadow, state.Cr4);
    }

    // Limits, access rights and bases have their fields in the order of the selectors.
    private static void Write(IVmcsAccess access, VmcsField selector, in VmxSegment segment)
    {
        var index = selector - VmcsField.GuestEsSelector;
        access.Write(selector, segment.Selector);
        access.Write(VmcsField.GuestEsLimit + index, segment.Limit);
        access.Write(VmcsField.GuestEsAccessRights + index, segment.AccessRights.Value);
        access.Write(VmcsField.GuestEsBase + index, segment.Base);
    }
}
