namespace VmcsGen.Vmx.Entry;

/// <summary>What rules ask of a VM entry again and again. The bare-metal sample compiles it too.</summary>
internal sealed partial class VmEntryState
{
    // SDM 3C 25.6.2 and 25.7.1: without the control that activates a word, all of its controls are 0.
    internal PinBasedControls Pin => Vmcs.PinBasedControls;

    internal PrimaryProcessorBasedControls Primary => Vmcs.PrimaryProcessorBasedControls;

    internal SecondaryProcessorBasedControls Secondary =>
        Primary.ActivateSecondaryControls ? Vmcs.SecondaryProcessorBasedControls : default;

    internal TertiaryProcessorBasedControls Tertiary => Primary.ActivateTertiaryControls ? Vmcs.TertiaryProcessorBasedControls : default;

    internal VmFunctionControls Functions => Secondary.EnableVmFunctions ? Vmcs.VmFunctionControls : default;

    internal PrimaryVmExitControls Exit => Vmcs.PrimaryVmExitControls;

    internal SecondaryVmExitControls Exit2 => Exit.ActivateSecondaryControls ? Vmcs.SecondaryVmExitControls : default;

    internal VmEntryControls Entry => Vmcs.VmEntryControls;

    internal bool SupportsIntel64 => Context.LinearAddressWidth > 32;

    internal bool IsInIa32eMode => (Context.Ia32Efer & RegisterBits.EferLma) != 0;

    internal bool IsVirtual8086 => (Vmcs.GuestRflags & RegisterBits.RflagsVm) != 0;

    internal bool Is64BitCode => Entry.Ia32eModeGuest && Vmcs.GuestCsAccessRights.LongMode;

    internal bool IsFredGuest => (Vmcs.GuestCr4 & RegisterBits.Cr4Fred) != 0;

    /// <summary>The CPL, which is the DPL of SS even where that is unusable (SDM 3C 25.4.1).</summary>
    internal uint Cpl => Vmcs.GuestSsAccessRights.Dpl;

    /// <summary>Whether the entry injects an event, and which.</summary>
    internal bool Injects(out EntryInterruptionInformation injected)
    {
        injected = Vmcs.EntryInterruptionInformation;
        return injected.Valid;
    }

    internal bool Has(VmcsField field) => Vmcs.Access.TryRead(field, out _).IsSuccess;

    /// <summary>Bits beyond the physical-address width.</summary>
    internal ulong BeyondPhysicalWidth => Beyond(Context.PhysicalAddressWidth);

    /// <summary>Whether an address is canonical, on processors where that matters.</summary>
    internal bool IsCanonical(ulong address) => LinearAddresses.IsCanonical(address, Context.LinearAddressWidth);

    /// <summary>Whether a control is 1 and its word activated.</summary>
    internal bool IsOne(VmcsField word, ulong bit)
    {
        var value = word switch
        {
            VmcsField.SecondaryProcessorBasedControls => Secondary.Value,
            VmcsField.TertiaryProcessorBasedControls => Tertiary.Value,
            VmcsField.VmFunctionControls => Functions.Value,
            VmcsField.SecondaryVmExitControls => Exit2.Value,
            _ => Vmcs.Access.Read(word),
        };
        return (value & bit) != 0;
    }

    private static ulong Beyond(int width) => ulong.MaxValue << width;
}
