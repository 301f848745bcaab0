using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

/// <summary>
/// An eventfd that is signalled when the guest writes to an address, instead of an exit: a doorbell. Made by
/// <see cref="KvmVm.BindIoeventfd"/> or <see cref="KvmVm.BindPortIoeventfd"/>. Source: Documentation/virt/kvm/api.rst 4.59.
/// </summary>
/// <remarks>
/// Each write adds 1 to the counter; the value that was written is gone. When Dispose returns, no signal comes by this binding any
/// more, and the counter keeps those that came.
/// </remarks>
public sealed unsafe class IoeventfdBinding : EventfdBinding
{
    internal IoeventfdBinding(EventfdBindings bindings, Eventfd? eventfd, ulong address, bool isPort, int length, ulong? dataMatch)
        : base(bindings, eventfd)
    {
        Address = address;
        IsPort = isPort;
        Length = length;
        DataMatch = dataMatch;
    }

    /// <summary>The guest physical address, or the port.</summary>
    public ulong Address { get; }

    /// <summary>Whether the address is a port.</summary>
    public bool IsPort { get; }

    /// <summary>Width in bytes of the writes that signal; 0 for any width.</summary>
    public int Length { get; }

    /// <summary>The only value that signals; null for any value.</summary>
    public ulong? DataMatch { get; }

    private protected override uint Request => KvmIoctl.KVM_IOEVENTFD;

    private protected override string Place => $"{(IsPort ? "port" : "guest physical")} 0x{Address:X}";

    private protected override int Issue(KvmDescriptor vm, int descriptor, bool isEnd)
    {
        KvmIoeventfd binding = new()
        {
            Fd = descriptor,
            Addr = Address,
            Len = (uint)Length,
            Datamatch = DataMatch ?? 0,
            Flags =
                (IsPort ? KvmIoeventfdFlags.Pio : 0)
                | (DataMatch is null ? 0 : KvmIoeventfdFlags.Datamatch)
                | (isEnd ? KvmIoeventfdFlags.Deassign : 0),
        };
        return vm.TryIoctl(KvmIoctl.KVM_IOEVENTFD, (nuint)(&binding));
    }
}
