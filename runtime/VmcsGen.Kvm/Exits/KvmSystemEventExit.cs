using System;

namespace VmcsGen.Kvm;

/// <summary>
/// The guest asks for something that concerns the whole VM, or reports it.
/// Source: Documentation/virt/kvm/api.rst 5, KVM_EXIT_SYSTEM_EVENT.
/// </summary>
public readonly unsafe ref struct KvmSystemEventExit
{
    private const uint MaxData = 16;

    // The request to end the guest, in the GHCB's MSR: what it is in bits 11:0, then the set of reasons and the reason.
    // Source: AMD SEV-ES guest-hypervisor communication block, MSR protocol.
    private const ulong TerminationRequest = 0x100;
    private const ulong RequestMask = 0xFFF;
    private const int ReasonSetShift = 12;
    private const int ReasonShift = 16;

    private readonly KvmExit _exit;

    internal KvmSystemEventExit(KvmExit exit) => _exit = exit;

    /// <summary>What the guest asks for; may be a value that this library does not know.</summary>
    public KvmSystemEventType Type => _exit.Page->SystemEvent.Type;

    /// <summary>
    /// Details, whose meaning depends on <see cref="Type"/>. Of TdxFatal the 16 general-purpose registers, in the order in which
    /// instructions encode them: RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8 to R15.
    /// </summary>
    public ReadOnlySpan<ulong> Data
    {
        get
        {
            var page = _exit.LentPage;
            return new(&page->SystemEvent.Data, (int)Math.Min(page->SystemEvent.Ndata, MaxData));
        }
    }

    /// <summary>Why an AMD SEV guest ends itself.</summary>
    /// <param name="reasonSet">Which list the reason is from; 0 is the one that the interface defines.</param>
    /// <param name="reason">The reason; 0 of set 0 tells nothing in particular.</param>
    /// <returns>False if the event is another one, or KVM does not tell the reason.</returns>
    public bool TryGetSevTermination(out int reasonSet, out int reason)
    {
        var ghcb = Type == KvmSystemEventType.SevTerm && !Data.IsEmpty ? Data[0] : 0;
        var isRequest = (ghcb & RequestMask) == TerminationRequest;
        reasonSet = isRequest ? (int)(ghcb >> ReasonSetShift) & 0xF : 0;
        reason = isRequest ? (int)(ghcb >> ReasonShift) & 0xFF : 0;
        return isRequest;
    }
}
