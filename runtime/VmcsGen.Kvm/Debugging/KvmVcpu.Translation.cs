namespace VmcsGen.Kvm;

public sealed unsafe partial class KvmVcpu
{
    /// <summary>Translates a linear address as the vCPU would now; without paging it is the physical address already.</summary>
    /// <remarks>Source: Documentation/virt/kvm/api.rst 4.15.</remarks>
    /// <param name="linearAddress">The linear address: segment base plus offset, which in 64-bit mode is the pointer.</param>
    /// <param name="guestPhysicalAddress">Where it leads, whether or not there is memory, if the result is true.</param>
    /// <returns>False if the guest's page tables map nothing there. Permissions are not looked at.</returns>
    /// <exception cref="KvmException">The kernel refused.</exception>
    [NativeName("KVM_TRANSLATE")]
    public bool TryTranslate(ulong linearAddress, out ulong guestPhysicalAddress)
    {
        KvmTranslation translation = new() { LinearAddress = linearAddress };
        Translate(ref translation);
        guestPhysicalAddress = translation.Valid != 0 ? translation.PhysicalAddress : 0;
        return translation.Valid != 0;
    }

    /// <summary>The VM's memory, which this vCPU keeps.</summary>
    internal GuestPhysicalMemory PhysicalMemory => new(VmHandle.Slots);

    /// <summary>Which flags of KVM_SET_GUEST_DEBUG the kernel says it knows; 0 if it does not say (before Linux 5.12).</summary>
    internal KvmGuestDebugControl KnownDebugControl => (KvmGuestDebugControl)Live.CheckVm(KvmCapability.SetGuestDebug2);
}
