namespace VmcsGen.Kvm;

/// <summary>
/// The guest used the Hyper-V synthetic debugger: it wrote one of its MSRs. Source: Documentation/virt/kvm/api.rst 5,
/// KVM_EXIT_HYPERV.
/// </summary>
public readonly unsafe ref struct KvmHypervSyndbgExit
{
    private readonly KvmExit _exit;

    internal KvmHypervSyndbgExit(KvmExit exit) => _exit = exit;

    /// <summary>Number of the MSR.</summary>
    public uint Msr => _exit.Page->Hyperv.Data.Syndbg.Msr;

    /// <summary>Value of the control MSR: what is to be done.</summary>
    public ulong Control => _exit.Page->Hyperv.Data.Syndbg.Control;

    /// <summary>Guest physical address of the page to send.</summary>
    public ulong SendPage => _exit.Page->Hyperv.Data.Syndbg.SendPage;

    /// <summary>Guest physical address of the page to receive into.</summary>
    public ulong ReceivePage => _exit.Page->Hyperv.Data.Syndbg.RecvPage;

    /// <summary>Guest physical address of the page that tells of pending data.</summary>
    public ulong PendingPage => _exit.Page->Hyperv.Data.Syndbg.PendingPage;

    /// <summary>Answers with what the guest reads from the status MSR.</summary>
    /// <param name="status">The status.</param>
    public void Answer(ulong status) => _exit.Page->Hyperv.Data.Syndbg.Status = status;
}
