using System;
using System.Runtime.InteropServices;

namespace VmcsGen.Kvm.Interop;

/// <summary>The number of a descriptor that the kernel is told, and that cannot be closed while it is.</summary>
internal ref struct HeldDescriptor : IDisposable
{
    private readonly SafeHandle? _handle;
    private bool _held;

    /// <param name="handle">The descriptor; null stands for none.</param>
    /// <exception cref="ObjectDisposedException">It was closed.</exception>
    /// <exception cref="ArgumentException">It owns no descriptor.</exception>
    internal HeldDescriptor(SafeHandle? handle)
    {
        if (handle is null)
            return;
        if (handle.IsInvalid)
            throw new ArgumentException("The handle holds no open descriptor.", nameof(handle));
        handle.DangerousAddRef(ref _held);
        _handle = handle;
    }

    /// <summary>The number; -1 for none.</summary>
    internal readonly int Number => _handle is null ? -1 : (int)_handle.DangerousGetHandle();

    public void Dispose()
    {
        if (_held)
            _handle!.DangerousRelease();
        _held = false;
    }
}
