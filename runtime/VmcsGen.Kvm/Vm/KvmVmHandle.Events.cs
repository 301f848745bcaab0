using System.Threading;

namespace VmcsGen.Kvm;

// What signals and collected writes need for as long as the VM is there.
internal sealed partial class KvmVmHandle
{
    private CoalescedRing? _coalescedRing;
    private EventfdBindings? _bindings;

    internal EventfdBindings Bindings =>
        Volatile.Read(ref _bindings) ?? Interlocked.CompareExchange(ref _bindings, new EventfdBindings(this), null) ?? _bindings;

    /// <summary>The ring of coalesced writes, once the VM has had a zone.</summary>
    internal CoalescedRing? CoalescedRing => Volatile.Read(ref _coalescedRing);

    internal CoalescedRing EnsureCoalescedRing() =>
        CoalescedRing ?? Interlocked.CompareExchange(ref _coalescedRing, new CoalescedRing(this), null) ?? CoalescedRing!;
}
