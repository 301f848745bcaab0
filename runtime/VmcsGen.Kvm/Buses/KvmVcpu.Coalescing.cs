using System;

namespace VmcsGen.Kvm;

// The ring of the VM as this vCPU maps it.
public sealed unsafe partial class KvmVcpu
{
    /// <summary>
    /// Gives the writes that KVM collected in the VM's zones to a handler, oldest first, and takes them out of the ring. To keep
    /// the order in which the guest did things, call it after each Run and before anything is done about the exit, as
    /// <see cref="DeviceBuses.Dispatch"/> does. Any thread may call it; another one that drains meanwhile waits, so that when this
    /// returns every write made before the exit was handled. It allocates nothing.
    /// </summary>
    /// <remarks>
    /// A write for which the handler throws counts as handled. A handler that calls this itself gets nothing. Only zones that
    /// <see cref="KvmVm.CoalesceMmio"/> and <see cref="KvmVm.CoalescePorts"/> made are known here.
    /// Source: Documentation/virt/kvm/api.rst 4.116.
    /// </remarks>
    /// <param name="handler">What takes the writes.</param>
    /// <returns>The number of writes; 0 if the VM has no zones.</returns>
    /// <exception cref="ObjectDisposedException">The vCPU was disposed of.</exception>
    /// <exception cref="KvmException">The ring, which the first call maps, could not be mapped.</exception>
    /// <exception cref="System.IO.InvalidDataException">The ring holds what KVM does not write.</exception>
    public int DrainCoalesced(CoalescedWriteHandler handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        var handle = Live;
        if (VmHandle.CoalescedRing is not { } ring)
            return 0;
        var held = false;
        try
        {
            handle.DangerousAddRef(ref held);
            return ring.Drain(handle, handler);
        }
        finally
        {
            if (held)
                handle.DangerousRelease();
        }
    }

    /// <summary>Whether KVM has collected writes that no handler got.</summary>
    internal bool HasCoalescedWrites => VmHandle.CoalescedRing is { } ring && ring.HasWrites(Live);
}
