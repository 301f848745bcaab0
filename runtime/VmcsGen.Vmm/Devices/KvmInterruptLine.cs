using System;
using VmcsGen.Kvm;

namespace VmcsGen.Vmm;

/// <summary>A line of KVM's interrupt controllers.</summary>
/// <param name="vm">A VM with interrupt controllers.</param>
/// <param name="gsi">The line's number.</param>
public sealed class KvmInterruptLine(KvmVm vm, uint gsi) : IInterruptLine
{
    private readonly KvmVm _vm = vm ?? throw new ArgumentNullException(nameof(vm));

    /// <summary>The line's number.</summary>
    public uint Gsi { get; } = gsi;

    /// <inheritdoc/>
    public void SetLevel(bool isRaised) => _vm.IrqLine(Gsi, isRaised);
}
