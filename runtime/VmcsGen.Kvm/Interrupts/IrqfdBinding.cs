using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

/// <summary>
/// An eventfd that raises an interrupt line when it is signalled, without a call to KVM: made by <see cref="KvmVm.BindIrqfd"/> or
/// <see cref="KvmVm.BindResampledIrqfd"/>. Source: Documentation/virt/kvm/api.rst 4.75.
/// </summary>
/// <remarks>
/// Signals that come before the guest took the last one are one interrupt: a device counts its own work. When Dispose returns, no
/// interrupt comes by this binding any more; one that is pending at a controller stays pending.
/// </remarks>
public sealed unsafe class IrqfdBinding : EventfdBinding
{
    private readonly BoundEventfd? _resample;

    internal IrqfdBinding(EventfdBindings bindings, uint gsi, Eventfd? eventfd, BoundEventfd? resample)
        : base(bindings, eventfd)
    {
        Gsi = gsi;
        _resample = resample;
    }

    /// <summary>The line.</summary>
    public uint Gsi { get; }

    /// <summary>
    /// For a level-triggered line, what KVM signals when the guest has acknowledged the interrupt and the line was released: signal
    /// again if the device still wants service. Null for an edge-triggered line.
    /// </summary>
    public Eventfd? ResampleEventfd => _resample?.Eventfd;

    private protected override uint Request => KvmIoctl.KVM_IRQFD;

    private protected override string Place => $"line {Gsi}";

    /// <summary>Raises the line.</summary>
    /// <exception cref="System.ObjectDisposedException">The eventfd was disposed of.</exception>
    public void Signal() => Eventfd.Signal();

    internal override void Release()
    {
        base.Release();
        _resample?.Release();
    }

    private protected override void Hold()
    {
        base.Hold();
        _resample?.Hold();
    }

    private protected override void DisposeOwned()
    {
        base.DisposeOwned();
        _resample?.DisposeOwned();
    }

    private protected override int Issue(KvmDescriptor vm, int descriptor, bool isEnd)
    {
        KvmIrqfd binding = new() { Fd = (uint)descriptor, Gsi = Gsi };
        if (isEnd)
        {
            binding.Flags = KvmIrqfdFlags.Deassign; // KVM wants no other flag here.
        }
        else if (_resample is not null)
        {
            binding.Flags = KvmIrqfdFlags.Resample;
            binding.Resamplefd = (uint)_resample.Descriptor;
        }
        return vm.TryIoctl(KvmIoctl.KVM_IRQFD, (nuint)(&binding));
    }
}
