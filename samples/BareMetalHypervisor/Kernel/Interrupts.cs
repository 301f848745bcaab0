using VmcsGen.Vmx;

namespace BareMetal;

/// <summary>Interrupts that guests get from the hypervisor, and how it takes the processor back for the second one.</summary>
internal static class Interrupts
{
    /// <summary>The vector that ends the guest's halt.</summary>
    public const uint Wake = 0x20;

    /// <summary>The vector that ends its loop.</summary>
    public const uint Tick = 0x21;

    // In units that IA32_VMX_MISC tells; some thousand instructions.
    private const uint TimeSlice = 1000;

    /// <summary>Goes on behind the instruction that caused the VM exit, as its execution would have.</summary>
    public static void Skip(in Vmcs<ProcessorVmcs> vmcs)
    {
        vmcs.GuestRip += vmcs.ExitInstructionLength;
        // STI holds interrupts off for one instruction: this one, which is over.
        vmcs.GuestInterruptibilityState = vmcs.GuestInterruptibilityState with
        {
            BlockingBySti = false,
            BlockingByMovSs = false,
        };
    }

    /// <summary>The next VM entry delivers an interrupt through the guest's own table (SDM 3C 27.6).</summary>
    public static void Inject(in Vmcs<ProcessorVmcs> vmcs, uint vector) =>
        vmcs.EntryInterruptionInformation = new()
        {
            Vector = vector,
            Type = InterruptionType.ExternalInterrupt,
            Valid = true,
        };

    /// <summary>The next VM entry delivers an exception of the processor, which is the guest's own affair.</summary>
    /// <param name="errorCode">Whether it comes with an error code, which is 0.</param>
    public static void InjectException(in Vmcs<ProcessorVmcs> vmcs, ExceptionVector vector, bool errorCode)
    {
        vmcs.EntryInterruptionInformation = new()
        {
            Vector = (uint)vector,
            Type = InterruptionType.HardwareException,
            DeliverErrorCode = errorCode,
            Valid = true,
        };
        vmcs.EntryExceptionErrorCode = 0;
    }

    /// <summary>Takes the processor back when the guest has spun for a while, or, without a timer, when it takes interrupts.</summary>
    public static void Arrange(in Vmcs<ProcessorVmcs> vmcs)
    {
        if (Controls.HasPreemptionTimer)
        {
            vmcs.VmxPreemptionTimerValue = TimeSlice;
            vmcs.PinBasedControls = vmcs.PinBasedControls with { ActivateVmxPreemptionTimer = true };
            return;
        }
        vmcs.PrimaryProcessorBasedControls = vmcs.PrimaryProcessorBasedControls with { InterruptWindowExiting = true };
    }

    public static void StopTimer(in Vmcs<ProcessorVmcs> vmcs) =>
        vmcs.PinBasedControls = vmcs.PinBasedControls with { ActivateVmxPreemptionTimer = false };

    public static void CloseWindow(in Vmcs<ProcessorVmcs> vmcs) =>
        vmcs.PrimaryProcessorBasedControls = vmcs.PrimaryProcessorBasedControls with { InterruptWindowExiting = false };
}
