using System.Collections.Concurrent;
using System.Threading;

namespace VmcsGen.Kvm;

// What signals and collected writes need for as long as the VM is there.
internal sealed partial class KvmVmHandle
{
    private CoalescedRing? _coalescedRing;
    private ConcurrentDictionary<EventfdBinding, byte>? _bindings;

    /// <summary>The bindings in force, each of which keeps its eventfds open. The values mean nothing.</summary>
    internal ConcurrentDictionary<EventfdBinding, byte> Bindings =>
        Volatile.Read(ref _bindings) ?? Interlocked.CompareExchange(ref _bindings, new(), null) ?? _bindings;

    /// <summary>The ring of coalesced writes, once the VM has had a zone.</summary>
    internal CoalescedRing? CoalescedRing => Volatile.Read(ref _coalescedRing);

    internal CoalescedRing EnsureCoalescedRing() =>
        CoalescedRing ?? Interlocked.CompareExchange(ref _coalescedRing, new CoalescedRing(this), null) ?? CoalescedRing!;

    // A mapping of the ring is one of a vCPU, which keeps the kernel's side of the VM.
    private void ReleaseRing() => _coalescedRing?.Unmap();

    private void ReleaseBindings()
    {
        if (_bindings is not { } bindings)
            return;
        foreach (EventfdBinding binding in bindings.Keys)
            binding.Release();
        bindings.Clear();
    }
}
