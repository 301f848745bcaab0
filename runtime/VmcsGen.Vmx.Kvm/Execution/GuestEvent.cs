using VmcsGen.Vmx.Software;

namespace VmcsGen.Vmx.Kvm;

/// <summary>An exception or interrupt that is delivered to the guest through its IDT.</summary>
/// <param name="Type">External interrupt, NMI or hardware exception.</param>
/// <param name="Vector">The vector.</param>
/// <param name="ErrorCode">The error code, of exceptions that have one.</param>
internal readonly record struct GuestEvent(InterruptionType Type, byte Vector, uint? ErrorCode)
{
    internal static GuestEvent Exception(ExceptionVector vector, uint? errorCode = null) =>
        new(InterruptionType.HardwareException, (byte)vector, errorCode);

    /// <summary>The event that a VM entry injects, if any.</summary>
    internal static GuestEvent? Of(Vmcs<SoftwareVmcs> vmcs)
    {
        var injected = vmcs.EntryInterruptionInformation;
        if (!injected.Valid)
            return null;
        return new(injected.Type, (byte)injected.Vector, injected.DeliverErrorCode ? vmcs.EntryExceptionErrorCode : null);
    }

    /// <summary>An event from outside that the guest takes itself.</summary>
    internal static GuestEvent Of(VmxEvent taken) =>
        new(taken.Kind == VmxEventKind.Nmi ? InterruptionType.Nmi : InterruptionType.ExternalInterrupt, taken.Vector, null);

    /// <summary>The event as a VM exit during its delivery reports it (SDM 3C 28.2.4).</summary>
    internal IdtVectoringInformation Vectoring =>
        new()
        {
            Valid = true,
            Type = Type,
            Vector = Vector,
            ErrorCodeValid = ErrorCode is not null,
        };
}
