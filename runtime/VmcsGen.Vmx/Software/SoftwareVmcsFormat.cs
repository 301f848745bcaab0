namespace VmcsGen.Vmx.Software;

/// <summary>How <see cref="SoftwareVmx"/> keeps a VMCS in its region, which decides which fields there can be.</summary>
public enum SoftwareVmcsFormat
{
    /// <summary>
    /// A format of its own with room for every VMCS field that this library knows: which of them exist is up to the capability MSRs.
    /// Software learns nothing of it, as from a processor (SDM 3C 25.2).
    /// </summary>
    AllFields,

    /// <summary>KVM's <see cref="Vmx.Vmcs12"/>, byte for byte. Fields that it does not store do not exist, as in a guest of KVM.</summary>
    Vmcs12,
}
