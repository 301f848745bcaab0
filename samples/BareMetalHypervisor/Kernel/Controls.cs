using VmcsGen.Vmx;

namespace BareMetal;

/// <summary>The control words: what this hypervisor wants, as far as the capability MSRs allow it (SDM 3D A.3 to A.5).</summary>
internal static class Controls
{
    /// <summary>Whether guests can begin in real mode.</summary>
    public static bool HasUnrestrictedGuest => new SecondaryProcessorBasedControls(Secondary().Allowed1).UnrestrictedGuest;

    /// <summary>Whether the VMX-preemption timer can take a processor from its guest.</summary>
    public static bool HasPreemptionTimer => new PinBasedControls(Pin().Allowed1).ActivateVmxPreemptionTimer;

    /// <summary>Whether there is EPT, without which this hypervisor runs no guest.</summary>
    public static bool HasEpt =>
        new PrimaryProcessorBasedControls(Primary().Allowed1).ActivateSecondaryControls
        && new SecondaryProcessorBasedControls(Secondary().Allowed1).EnableEpt;

    /// <summary>Writes them into the current VMCS.</summary>
    /// <param name="mode">The mode in which the guest begins.</param>
    public static void Write(GuestMode mode)
    {
        var vmcs = ProcessorVmcs.Current;
        vmcs.PinBasedControls = new(Adjust(Pin(), new PinBasedControls { ExternalInterruptExiting = true }.Value));
        vmcs.PrimaryProcessorBasedControls = new(
            Adjust(
                Primary(),
                new PrimaryProcessorBasedControls
                {
                    HltExiting = true,
                    UseIoBitmaps = true,
                    UseMsrBitmaps = true,
                    ActivateSecondaryControls = true,
                }.Value
            )
        );
        vmcs.SecondaryProcessorBasedControls = new(
            Adjust(Secondary(), new SecondaryProcessorBasedControls { EnableEpt = true, UnrestrictedGuest = mode == GuestMode.Real }.Value)
        );
        vmcs.PrimaryVmExitControls = new(Adjust(Exit(), new PrimaryVmExitControls { HostAddressSpaceSize = true }.Value));
        vmcs.VmEntryControls = new(Adjust(Entry(), new VmEntryControls { Ia32eModeGuest = mode == GuestMode.Long }.Value));
    }

    /// <summary>What must be 1, and of what is wanted what may be 1.</summary>
    public static uint Adjust(VmxControlCapability capability, uint wanted) => (wanted | capability.Allowed0) & capability.Allowed1;

    /// <summary>What the pin-based controls may be; the following say the same of the other words.</summary>
    public static VmxControlCapability Pin() => Capability(VmxMsr.Ia32VmxTruePinbasedCtls, VmxMsr.Ia32VmxPinbasedCtls);

    public static VmxControlCapability Primary() => Capability(VmxMsr.Ia32VmxTrueProcbasedCtls, VmxMsr.Ia32VmxProcbasedCtls);

    public static VmxControlCapability Secondary() => new(Cpu.ReadMsr((uint)VmxMsr.Ia32VmxProcbasedCtls2));

    public static VmxControlCapability Exit() => Capability(VmxMsr.Ia32VmxTrueExitCtls, VmxMsr.Ia32VmxExitCtls);

    public static VmxControlCapability Entry() => Capability(VmxMsr.Ia32VmxTrueEntryCtls, VmxMsr.Ia32VmxEntryCtls);

    // The "true" MSRs tell which bits that once had to be 1 may be 0.
    private static VmxControlCapability Capability(VmxMsr trueMsr, VmxMsr msr)
    {
        var basic = new VmxBasic(Cpu.ReadMsr((uint)VmxMsr.Ia32VmxBasic));
        return new(Cpu.ReadMsr((uint)(basic.TrueControls ? trueMsr : msr)));
    }
}
