using System;

namespace VmcsGen.Kvm;

/// <summary>
/// The guest asks for something that concerns the whole VM, or reports it.
/// Source: Documentation/virt/kvm/api.rst 5, KVM_EXIT_SYSTEM_EVENT.
/// </summary>
public readonly unsafe ref struct KvmSystemEventExit
{
    private const uint MaxData = 16;

    private readonly KvmExit _exit;

    internal KvmSystemEventExit(KvmExit exit) => _exit = exit;

    /// <summary>What the guest asks for; may be a value that this library does not know.</summary>
    public KvmSystemEventType Type => _exit.Page->SystemEvent.Type;

    /// <summary>Details, whose meaning depends on <see cref="Type"/>.</summary>
    public ReadOnlySpan<ulong> Data
    {
        get
        {
            KvmRun* page = _exit.Page;
            return new(&page->SystemEvent.Data, (int)Math.Min(page->SystemEvent.Ndata, MaxData));
        }
    }
}
