using System;
using VmcsGen.Kvm.Interop;

namespace VmcsGen.Kvm;

/// <summary>
/// Memory whose address KVM is told, for use until the VM is gone. It is held while this lives, and after <see cref="Keep"/>
/// as long as the VM.
/// </summary>
internal sealed class KeptMemory : IDisposable
{
    private readonly KvmDescriptor? _vm;
    private readonly GuestMemory? _memory;
    private bool _held;

    /// <param name="vm">The VM.</param>
    /// <param name="memory">The memory; null for none.</param>
    /// <exception cref="ObjectDisposedException">The memory was disposed of.</exception>
    internal KeptMemory(KvmDescriptor vm, GuestMemory? memory)
    {
        if (memory is null)
            return;
        ObjectDisposedException.ThrowIf(memory.IsDisposed, memory);
        _vm = vm;
        _memory = memory;
        memory.Mapping.DangerousAddRef(ref _held);
    }

    /// <summary>Where the memory lies; 0 if there is none.</summary>
    internal ulong Address => _memory is null ? 0 : (ulong)_memory.Mapping.Address;

    /// <summary>KVM has taken the address: the memory stays until the VM is gone.</summary>
    internal void Keep()
    {
        if (!_held)
            return;
        _vm!.Keep(_memory!.Mapping);
        _held = false;
    }

    public void Dispose()
    {
        if (_held)
            _memory!.Mapping.DangerousRelease();
        _held = false;
    }
}
