using System;
using System.Runtime.Intrinsics.X86;
using VmcsGen.Kvm;

namespace VmcsGen.Vmx.Kvm;

/// <summary>
/// Numbers of VMX that KVM hands to user space, in the words of the specs. Source: Documentation/virt/kvm/api.rst 5 (KVM_EXIT_FAIL_ENTRY,
/// KVM_EXIT_INTERNAL_ERROR); SDM 3C 31.4 and appendix C.
/// </summary>
internal static class VmxExitWords
{
    // AMD APM 3, CPUID 80000001H.
    private const int SvmBit = 2;

    /// <summary>Whether KVM's numbers are those of SVM here.</summary>
    internal static bool IsSvm => X86Base.IsSupported && (X86Base.CpuId(unchecked((int)0x8000_0001), 0).Ecx & 1 << SvmBit) != 0;

    /// <summary>A VM-instruction error, or an exit reason with the flag of failed entries.</summary>
    internal static string? OfFailedEntry(ulong reason)
    {
        if (reason > uint.MaxValue)
            return null;
        if (new ExitReason((uint)reason).EntryFailure)
            return OfReason(reason);
        var error = (VmInstructionError)reason;
        return VmInstructionErrorTexts.MeaningOf(error) is { } meaning ? $"VM-instruction error {reason} ({error}): {meaning}" : null;
    }

    /// <summary>An exit reason with its flags.</summary>
    internal static string? OfReason(ulong reason)
    {
        if (reason > uint.MaxValue)
            return null;
        var exit = new ExitReason((uint)reason);
        return BasicExitReasonTexts.MeaningOf(exit.BasicReason) is { } meaning
            ? $"exit reason {(uint)exit.BasicReason} ({exit.BasicReason}): {meaning}"
            : null;
    }

    /// <summary>What KVM tells about an event that it could not deliver, or an exit that it cannot handle.</summary>
    internal static string? OfInternalError(KvmInternalError error, ReadOnlySpan<ulong> data) =>
        error switch
        {
            KvmInternalError.UnexpectedExitReason when data.Length > 0 => OfReason(data[0]),
            KvmInternalError.DeliveryEv when data.Length > 2 => OfDelivery(data),
            KvmInternalError.SimulEx when data.Length > 1 =>
                $"event in delivery {new IdtVectoringInformation((uint)data[0])}; exception {new ExitInterruptionInformation((uint)data[1])}",
            _ => null,
        };

    // The guest-physical address came later, behind the qualification.
    private static string OfDelivery(ReadOnlySpan<ulong> data)
    {
        var exit = new VmExit
        {
            IdtVectoring = new IdtVectoringInformation((uint)data[0]),
            Reason = new ExitReason((uint)data[1]),
            Qualification = data[2],
            GuestPhysicalAddress = data.Length > 4 ? data[3] : 0,
        };
        return exit.HasGuestPhysicalAddress && data.Length <= 4
            ? $"{exit.BasicReason}, qualification 0x{exit.Qualification:X}, while delivering {exit.IdtVectoring}"
            : exit.Describe();
    }
}
