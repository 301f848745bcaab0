using System;
using System.ComponentModel;
using System.Runtime.InteropServices;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

// Eventfds instead of exits: KVM keeps what it was given, so that a handle may be closed once it is bound.
public sealed unsafe partial class KvmVm
{
    /// <summary>
    /// Binds an eventfd to an interrupt line, so that signalling it raises the interrupt without a call to KVM; or ends the
    /// binding. Closing the eventfd ends it too.
    /// </summary>
    /// <remarks>
    /// <see cref="BindIrqfd"/> and <see cref="BindResampledIrqfd"/> give an object that ends the binding.
    /// Announced by KVM_CAP_IRQFD. Source: Documentation/virt/kvm/api.rst 4.75.
    /// </remarks>
    /// <param name="eventfd">The eventfd, such as an <see cref="Eventfd"/>.</param>
    /// <param name="gsi">The line, as KVM_SET_GSI_ROUTING numbers them.</param>
    /// <param name="flags">
    /// None to bind, Deassign to end the binding. Resample follows from <paramref name="resampleEventfd"/>.
    /// </param>
    /// <param name="resampleEventfd">
    /// For a level-triggered interrupt, the eventfd that KVM signals when the guest has acknowledged it; the line is released
    /// then. Needs KVM_CAP_IRQFD_RESAMPLE.
    /// </param>
    /// <exception cref="ArgumentException">Resample is given without an eventfd to signal, or a handle owns no descriptor.</exception>
    /// <exception cref="ObjectDisposedException">A handle was closed.</exception>
    /// <exception cref="KvmException">The kernel refused; <see cref="KvmIoctl.KVM_IRQFD"/> tells the reasons.</exception>
    [NativeName("KVM_IRQFD")]
    [EditorBrowsable(EditorBrowsableState.Advanced)]
    public void Irqfd(SafeHandle eventfd, uint gsi, KvmIrqfdFlags flags = 0, SafeHandle? resampleEventfd = null)
    {
        ArgumentNullException.ThrowIfNull(eventfd);
        using var bound = new HeldDescriptor(eventfd);
        using var resample = new HeldDescriptor(resampleEventfd);
        KvmIrqfd binding = new()
        {
            Fd = (uint)bound.Number,
            Gsi = gsi,
            Flags = flags,
        };
        if (resampleEventfd is not null)
        {
            binding.Flags |= KvmIrqfdFlags.Resample;
            binding.Resamplefd = (uint)resample.Number;
        }
        else if ((flags & KvmIrqfdFlags.Resample) != 0)
        {
            throw new ArgumentException($"{KvmIrqfdFlags.Resample} needs an eventfd to signal.", nameof(resampleEventfd));
        }
        Live.Ioctl(KvmIoctl.KVM_IRQFD, &binding, gsi, static gsi => $"line {gsi}");
    }

    /// <summary>
    /// Binds an eventfd to an address, so that a write of the guest there signals it instead of ending Run; or ends the
    /// binding, for which everything must be as it was.
    /// </summary>
    /// <remarks>
    /// <see cref="BindIoeventfd"/> and <see cref="BindPortIoeventfd"/> give an object that ends the binding.
    /// Announced by KVM_CAP_IOEVENTFD. Source: Documentation/virt/kvm/api.rst 4.59.
    /// </remarks>
    /// <param name="eventfd">The eventfd, such as an <see cref="Eventfd"/>.</param>
    /// <param name="address">The guest physical address, or the port if <paramref name="flags"/> has Pio.</param>
    /// <param name="length">
    /// Width of the write in bytes: 1, 2, 4 or 8; 0 for any width, where KVM_CAP_IOEVENTFD_ANY_LENGTH is there.
    /// </param>
    /// <param name="flags">Pio for a port, Datamatch if only one value signals, Deassign to end the binding.</param>
    /// <param name="dataMatch">The value, with Datamatch.</param>
    /// <exception cref="ObjectDisposedException">The handle was closed.</exception>
    /// <exception cref="KvmException">The kernel refused; <see cref="KvmIoctl.KVM_IOEVENTFD"/> tells the reasons.</exception>
    [NativeName("KVM_IOEVENTFD")]
    [EditorBrowsable(EditorBrowsableState.Advanced)]
    public void Ioeventfd(SafeHandle eventfd, ulong address, uint length, KvmIoeventfdFlags flags = 0, ulong dataMatch = 0)
    {
        ArgumentNullException.ThrowIfNull(eventfd);
        using var bound = new HeldDescriptor(eventfd);
        KvmIoeventfd binding = new()
        {
            Fd = bound.Number,
            Addr = address,
            Len = length,
            Flags = flags,
            Datamatch = dataMatch,
        };
        Live.Ioctl(
            KvmIoctl.KVM_IOEVENTFD,
            &binding,
            binding,
            static binding => $"{((binding.Flags & KvmIoeventfdFlags.Pio) != 0 ? "port" : "guest physical")} 0x{binding.Addr:X}"
        );
    }

    /// <summary>Binds an eventfd to a Hyper-V connection, so that the guest's signal goes there; or ends the binding.</summary>
    /// <remarks>Announced by KVM_CAP_HYPERV_EVENTFD. Since Linux 4.17. Source: Documentation/virt/kvm/api.rst 4.113.</remarks>
    /// <param name="connectionId">The connection, of 24 bits.</param>
    /// <param name="eventfd">The eventfd; null to end the binding.</param>
    /// <exception cref="KvmException">The kernel refused; <see cref="KvmIoctl.KVM_HYPERV_EVENTFD"/> tells the reasons.</exception>
    [NativeName("KVM_HYPERV_EVENTFD")]
    public void HypervEventfd(uint connectionId, SafeHandle? eventfd)
    {
        using var bound = new HeldDescriptor(eventfd);
        KvmHypervEventfd binding = new()
        {
            ConnId = connectionId,
            Fd = bound.Number,
            Flags = eventfd is null ? KvmHypervEventfdFlags.Deassign : 0,
        };
        Live.Ioctl(KvmIoctl.KVM_HYPERV_EVENTFD, &binding, connectionId, static id => $"connection {id}");
    }
}
