using System;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>
/// An interrupt line that is triggered by its edge, by an eventfd (KVM_IRQFD): raising it is a pulse, and lowering it does nothing. For
/// devices of threads or processes that have no ioctl of KVM, and whose status register says why there was an interrupt.
/// </summary>
/// <remarks>
/// The guest must be told that the line is triggered by its edge. On a line that is triggered by its level, a pulse that comes before the
/// guest has ended the last interrupt would be lost, because KVM lowers the line at once. KVM passes pulses for pins of its controllers to
/// a thread of the kernel, so that they arrive later than by <see cref="KvmInterruptLine"/>.
/// </remarks>
[MustDispose]
public sealed class IrqfdLine : IInterruptLine, IDisposable
{
    private readonly IrqfdBinding _binding;

    /// <summary>Binds an eventfd to a line.</summary>
    /// <param name="vm">A VM with interrupt controllers.</param>
    /// <param name="gsi">The line's number.</param>
    /// <exception cref="ArgumentOutOfRangeException">KVM has no line of this number.</exception>
    /// <exception cref="KvmException">The kernel refused.</exception>
    public IrqfdLine(KvmVm vm, uint gsi)
    {
        ArgumentNullException.ThrowIfNull(vm);
        _binding = vm.BindIrqfd(gsi);
    }

    /// <summary>The line's number.</summary>
    public uint Gsi => _binding.Gsi;

    /// <inheritdoc/>
    public bool IsEdgeTriggered => true;

    /// <inheritdoc/>
    public void SetLevel(bool isRaised)
    {
        if (isRaised)
            _binding.Signal();
    }

    /// <summary>Ends the binding; the line can be raised no more.</summary>
    public void Dispose() => _binding.Dispose();
}
