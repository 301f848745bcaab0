using System;
using System.Runtime.InteropServices;

namespace VmcsGen.Kvm.Interop;

/// <summary>
/// Owns a range of mapped memory. Whoever uses the memory holds a reference; the last one to go unmaps it. Memory that was
/// forgotten while spans of it may be in use is not unmapped.
/// </summary>
internal sealed class MappingHandle : SafeHandle
{
    private const int MostPressure = 0x10_0000;

    private bool _isForgotten; // By the owner, which has not disposed of this; others may hold references still.

    /// <summary>Owns nothing until <see cref="Adopt"/>: the object is made first, so that no mapping is ever without owner.</summary>
    internal MappingHandle()
        : base(0, ownsHandle: true) { }

    // What the collector is told: much of it may never be touched, and with all of it each allocation would set off a collection.
    private long MemoryPressure => (long)nuint.Min(Length, MostPressure);

    public override bool IsInvalid => handle == 0;

    internal nint Address => handle;

    internal nuint Length { get; private set; }

    internal void Adopt(nint address, nuint length)
    {
        if (Length != 0)
            GC.RemoveMemoryPressure(MemoryPressure);
        Length = length;
        SetHandle(address);
        GC.AddMemoryPressure(MemoryPressure);
    }

    /// <summary>Whether spans of the memory were given away. They do not keep it, and nobody knows when the last is out of use.</summary>
    internal bool IsLent { get; set; }

    /// <summary>What has to be done before the memory is unmapped.</summary>
    internal Action? Ending { get; set; }

    /// <summary>Leaves the memory mapped for as long as the process lives.</summary>
    internal void Abandon()
    {
        GC.RemoveMemoryPressure(MemoryPressure);
        SetHandleAsInvalid();
    }

    protected override void Dispose(bool disposing)
    {
        _isForgotten |= !disposing && !IsClosed;
        base.Dispose(disposing);
    }

    protected override bool ReleaseHandle()
    {
        GC.RemoveMemoryPressure(MemoryPressure);
        if (IsLent && (_isForgotten || Forgotten.IsFinalizing))
            return true;
        Ending?.Invoke();
        return Libc.Unmap(handle, Length) == 0;
    }
}
