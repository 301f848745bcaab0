using System;

namespace VmcsGen.Kvm;

// Eventfds as objects that end their binding when they are disposed of.
public sealed unsafe partial class KvmVm
{
    /// <summary>Makes an eventfd raise an interrupt line as an edge: each signal is a pulse.</summary>
    /// <remarks>Announced by KVM_CAP_IRQFD. Source: Documentation/virt/kvm/api.rst 4.75.</remarks>
    /// <param name="gsi">The line, as <see cref="SetGsiRouting(GsiRouting)"/> leads it to a pin or a message.</param>
    /// <param name="eventfd">The eventfd, such as that of another VM's doorbell; null to have one made.</param>
    /// <exception cref="ArgumentException">The eventfd owns no descriptor.</exception>
    /// <exception cref="ArgumentOutOfRangeException">KVM has no line of this number: a signal would do nothing.</exception>
    /// <exception cref="ObjectDisposedException">The VM or the eventfd was disposed of.</exception>
    /// <exception cref="KvmException">
    /// The kernel refused. EBUSY: The eventfd raises a line of a VM already. EINVAL: The interrupt controllers are not in the
    /// kernel. Or no eventfd could be made.
    /// </exception>
    [NativeName("KVM_IRQFD")]
    public IrqfdBinding BindIrqfd(uint gsi, Eventfd? eventfd = null) =>
        Bind(new IrqfdBinding(Live.Bindings, RequireLine(gsi), eventfd, null));

    /// <summary>
    /// Makes an eventfd raise a level-triggered interrupt line. When the guest ends the interrupt, KVM releases the line and signals
    /// the resample eventfd: the device then signals again if it still wants service.
    /// </summary>
    /// <remarks>Announced by KVM_CAP_IRQFD_RESAMPLE. Source: Documentation/virt/kvm/api.rst 4.75.</remarks>
    /// <param name="gsi">The line, which leads to a pin of a controller in the kernel.</param>
    /// <param name="eventfd">The eventfd; null to have one made.</param>
    /// <param name="resampleEventfd">What KVM signals; null to have one made.</param>
    /// <exception cref="ArgumentException">An eventfd owns no descriptor.</exception>
    /// <exception cref="ArgumentOutOfRangeException">KVM has no line of this number: a signal would do nothing.</exception>
    /// <exception cref="ObjectDisposedException">The VM or an eventfd was disposed of.</exception>
    /// <exception cref="KvmException">
    /// The kernel refused. EBUSY: The eventfd raises a line of a VM already. EINVAL: The interrupt controllers are not in the
    /// kernel. Or no eventfd could be made.
    /// </exception>
    [NativeName("KVM_IRQFD")]
    public IrqfdBinding BindResampledIrqfd(uint gsi, Eventfd? eventfd = null, Eventfd? resampleEventfd = null) =>
        Bind(new IrqfdBinding(Live.Bindings, RequireLine(gsi), eventfd, new BoundEventfd(resampleEventfd)));

    /// <summary>Makes writes of the guest to a physical address signal an eventfd instead of ending Run.</summary>
    /// <remarks>Announced by KVM_CAP_IOEVENTFD. Source: Documentation/virt/kvm/api.rst 4.59.</remarks>
    /// <param name="address">The guest physical address; no memory slot may be there.</param>
    /// <param name="length">Width of the writes in bytes: 1, 2, 4 or 8; 0 for any, with KVM_CAP_IOEVENTFD_ANY_LENGTH.</param>
    /// <param name="dataMatch">The only value that signals; others exit as without the binding. Not with length 0.</param>
    /// <param name="eventfd">The eventfd; null to have one made.</param>
    /// <exception cref="ArgumentException">The eventfd owns no descriptor, or a value is to match where none can.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such width, or the value has more bytes.</exception>
    /// <exception cref="ObjectDisposedException">The VM or the eventfd was disposed of.</exception>
    /// <exception cref="KvmException">
    /// The kernel refused. EEXIST: A binding for the address, length and value exists. ENOSPC: The VM has as many as it can have. Or
    /// no eventfd could be made.
    /// </exception>
    [NativeName("KVM_IOEVENTFD")]
    public IoeventfdBinding BindIoeventfd(ulong address, int length = 0, ulong? dataMatch = null, Eventfd? eventfd = null)
    {
        RequireMatchable(length, dataMatch);
        return Bind(new IoeventfdBinding(Live.Bindings, eventfd, address, isPort: false, length, dataMatch));
    }

    /// <summary>Makes OUT of the guest to a port signal an eventfd instead of ending Run.</summary>
    /// <remarks>Announced by KVM_CAP_IOEVENTFD. Source: Documentation/virt/kvm/api.rst 4.59.</remarks>
    /// <param name="port">The port.</param>
    /// <param name="length">Width of the writes in bytes: 1, 2 or 4; 0 for any, with KVM_CAP_IOEVENTFD_ANY_LENGTH.</param>
    /// <param name="dataMatch">The only value that signals; others exit as without the binding. Not with length 0.</param>
    /// <param name="eventfd">The eventfd; null to have one made.</param>
    /// <exception cref="ArgumentException">The eventfd owns no descriptor, or a value is to match where none can.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such width, or the value has more bytes.</exception>
    /// <exception cref="ObjectDisposedException">The VM or the eventfd was disposed of.</exception>
    /// <exception cref="KvmException">
    /// The kernel refused. EEXIST: A binding for the port, length and value exists. ENOSPC: The VM has as many as it can have. Or no
    /// eventfd could be made.
    /// </exception>
    [NativeName("KVM_IOEVENTFD")]
    public IoeventfdBinding BindPortIoeventfd(ushort port, int length = 0, ulong? dataMatch = null, Eventfd? eventfd = null)
    {
        if (length == sizeof(ulong))
            throw new ArgumentOutOfRangeException(nameof(length), length, "OUT writes 1, 2 or 4 bytes; 0 stands for any.");
        RequireMatchable(length, dataMatch);
        return Bind(new IoeventfdBinding(Live.Bindings, eventfd, port, isPort: true, length, dataMatch));
    }

    private static TBinding Bind<TBinding>(TBinding binding)
        where TBinding : EventfdBinding
    {
        binding.Bind();
        return binding;
    }

    // KVM takes any number, and drops the signals of lines that no routing table can lead anywhere.
    private uint RequireLine(uint gsi)
    {
        int lines = Check(KvmCapability.IrqRouting);
        return lines <= 0 || gsi < (uint)lines
            ? gsi
            : throw new ArgumentOutOfRangeException(
                nameof(gsi),
                gsi,
                $"This KVM has the interrupt lines 0 to {lines - 1} (KVM_CAP_IRQ_ROUTING). A line gets its meaning by SetGsiRouting."
            );
    }

    private static void RequireMatchable(int length, ulong? dataMatch)
    {
        if (length is not (0 or 1 or 2 or 4 or 8))
            throw new ArgumentOutOfRangeException(nameof(length), length, "A write has 1, 2, 4 or 8 bytes; 0 stands for any.");
        if (dataMatch is not { } value)
            return;
        if (length == 0)
            throw new ArgumentException("Writes of any width cannot be matched with a value: give the width.", nameof(dataMatch));
        if (length < sizeof(ulong) && value >> (8 * length) != 0)
            throw new ArgumentOutOfRangeException(nameof(dataMatch), value, $"No write of {length} bytes has this value.");
    }
}
