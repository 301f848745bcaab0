namespace VmcsGen.Kvm;

/// <summary>
/// What a host's KVM does of guest debugging. No capability announces it, so it is found out by trying, with guests of a few instructions.
/// </summary>
/// <remarks>
/// With VMX, and with SVM on a processor, everything works. QEMU's emulation of SVM takes INT3 for a software interrupt, which KVM does not
/// intercept, and ignores the DR7 that VMRUN loads, so there neither kind of breakpoint stops the guest. A KVM without hardware support
/// reports no single steps at CPL 3.
/// </remarks>
/// <param name="SoftwareBreakpoints">Whether INT3 in the guest's code stops it (<c>KVM_GUESTDBG_USE_SW_BP</c>).</param>
/// <param name="HardwareBreakpoints">Whether debug registers stop the guest (<c>KVM_GUESTDBG_USE_HW_BP</c>).</param>
/// <param name="SingleSteps">Whether single steps are reported (<c>KVM_GUESTDBG_SINGLESTEP</c>).</param>
/// <param name="SingleStepsAtCpl3">Whether they are at CPL 3 too, and do not raise #DB in the guest.</param>
public sealed record GuestDebugAbilities(bool SoftwareBreakpoints, bool HardwareBreakpoints, bool SingleSteps, bool SingleStepsAtCpl3)
{
    /// <summary>What a processor with VMX or SVM does.</summary>
    internal static GuestDebugAbilities All { get; } = new(true, true, true, true);

    /// <summary>Tries a host's KVM. It takes the time to create four VMs, some milliseconds.</summary>
    /// <param name="host">The host.</param>
    /// <returns>What its KVM does.</returns>
    /// <exception cref="KvmException">It could not be tried.</exception>
    public static GuestDebugAbilities Find(KvmHost host)
    {
        System.ArgumentNullException.ThrowIfNull(host);
        return new(
            // A KVM that emulates INT3 ends with an internal error at it, which serves as well.
            SoftwareBreakpoints: DebugProbe.Run(host, [DebugProbe.Int3], KvmGuestDebugControl.UseSwBp, atCpl3: false)
                is KvmExitReason.Debug
                    or KvmExitReason.InternalError,
            HardwareBreakpoints: DebugProbe.Run(host, [DebugProbe.Nop, DebugProbe.Hlt], KvmGuestDebugControl.UseHwBp, atCpl3: false)
                == KvmExitReason.Debug,
            SingleSteps: DebugProbe.Run(host, [DebugProbe.Nop, DebugProbe.Hlt], KvmGuestDebugControl.Singlestep, atCpl3: false)
                == KvmExitReason.Debug,
            SingleStepsAtCpl3: DebugProbe.Run(host, [DebugProbe.Nop, DebugProbe.Nop], KvmGuestDebugControl.Singlestep, atCpl3: true)
                == KvmExitReason.Debug
        );
    }
}
