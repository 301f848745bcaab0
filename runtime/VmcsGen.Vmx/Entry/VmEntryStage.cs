namespace VmcsGen.Vmx.Entry;

/// <summary>
/// The groups in which a processor checks a VM entry. All rules of one are kept before the next counts; inside of a group the order
/// is the processor's own (SDM 3C 27.1 to 27.4).
/// </summary>
public enum VmEntryStage
{
    /// <summary>What VMLAUNCH and VMRESUME themselves demand, apart from the launch state: error 26.</summary>
    Instruction,

    /// <summary>Control fields: error 7. Processors may check the host state before them.</summary>
    Controls,

    /// <summary>Host-state area and address-space size: error 8.</summary>
    HostState,

    /// <summary>Guest-state area: a VM exit with reason 33.</summary>
    GuestState,

    /// <summary>The VM-entry MSR-load area: a VM exit with reason 34.</summary>
    MsrLoading,
}
