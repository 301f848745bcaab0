using System;

namespace VmcsGen.Kvm;

public sealed unsafe partial class KvmVcpu
{
    /// <summary>
    /// Has the guest get an exception before its next instruction, as if that had caused it. An exit that waits for an answer must
    /// be completed first (<see cref="TryCompleteExit"/>). Source: Documentation/virt/kvm/api.rst 4.32; SDM 3A 6.13 and 6.15.
    /// </summary>
    /// <param name="vector">The exception.</param>
    /// <param name="errorCode">
    /// The error code, for those that have one: #DF, #TS, #NP, #SS, #GP, #PF, #AC, #CP. In real mode none is pushed and this is not used.
    /// </param>
    /// <param name="pageFaultAddress">For #PF, and only there, the linear address that CR2 gets.</param>
    /// <exception cref="ArgumentException">
    /// The error code or the address is missing or too much, or the vector is 2, the NMI, for which there is <see cref="Nmi"/>.
    /// </exception>
    /// <exception cref="InvalidOperationException">Another exception waits already: the guest must run first.</exception>
    /// <exception cref="KvmException">The kernel refused.</exception>
    [NativeName("KVM_SET_VCPU_EVENTS")]
    public void InjectException(KvmExceptionVector vector, uint? errorCode = null, ulong? pageFaultAddress = null)
    {
        RequireException(vector, errorCode, pageFaultAddress);
        GetVcpuEvents(out KvmVcpuEvents events);
        if (events.Exception.Injected != 0 || events.Exception.Pending != 0)
        {
            throw new InvalidOperationException(
                $"Exception {(KvmExceptionVector)events.Exception.Nr} waits to be delivered to vCPU {Id} already. Run the guest before the next one."
            );
        }
        GetSregs(out KvmSregs sregs);
        if (pageFaultAddress is { } address)
        {
            sregs.Cr2 = address;
            SetSregs(sregs);
        }
        events.Exception.Injected = 1;
        events.Exception.Nr = (byte)vector;
        events.Exception.HasErrorCode = (byte)(errorCode is not null && (sregs.Cr0 & 1) != 0 ? 1 : 0);
        events.Exception.ErrorCode = errorCode ?? 0;
        SetVcpuEvents(events);
    }

    private static void RequireException(KvmExceptionVector vector, uint? errorCode, ulong? pageFaultAddress)
    {
        if ((uint)vector > 31 || (uint)vector == 2)
        {
            throw new ArgumentException(
                $"Exceptions have the vectors 0 to 31 but for 2, and not {(uint)vector}. An NMI is sent by {nameof(Nmi)}, an interrupt by "
                    + $"{nameof(Interrupt)} or the interrupt controllers.",
                nameof(vector)
            );
        }
        // Source: SDM 3A table 6-1, AMD APM 2 table 8-1 for #VC (29) and #SX (30).
        bool hasErrorCode = (uint)vector is 8 or (>= 10 and <= 14) or 17 or 21 or 29 or 30;
        if (hasErrorCode != errorCode is not null)
            throw new ArgumentException(
                $"{vector} {(hasErrorCode ? "pushes an error code: give one." : "pushes no error code.")}",
                nameof(errorCode)
            );
        bool isPageFault = vector == KvmExceptionVector.PageFault;
        if (isPageFault != pageFaultAddress is not null)
        {
            throw new ArgumentException(
                isPageFault ? "A page fault has an address, which CR2 gets: give one." : $"{vector} has no address.",
                nameof(pageFaultAddress)
            );
        }
    }
}
